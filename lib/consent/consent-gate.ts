import type { SchedulerLike, Subscription } from 'rxjs';
import { MAX_DELAY_MS } from '../internal/check-option.js';
import { Deque } from '../internal/deque.js';
import { GapClock } from '../internal/gap-clock.js';
import { steadyClock, type Elapsed } from '../internal/steady-clock.js';

/** Whether events may go on: yes, no, or not known yet. */
export type ConsentState = 'granted' | 'denied' | 'unknown';

export const isConsent = (value: unknown): value is ConsentState => value === 'granted' || value === 'denied' || value === 'unknown';

export interface ConsentGateOptions<E> {
  /** Events held at most; looked at whenever one comes, so that it may change. What is held already goes by `trim`. */
  readonly maxHeld: number;
  /** Milliseconds that an event is held at most; `Infinity` means for ever. */
  readonly maxAgeMs: number;
  readonly scheduler: SchedulerLike;
  /** Gets what was held, in order, once consent is granted. Must not throw. */
  readonly release: (event: E) => void;
  /** Gets what was held too long. Must not throw. */
  readonly lose: (event: E) => void;
}

/**
 * Holds events until it is known whether they may go on.
 *
 * At most one timer runs, for the oldest of what is held. What is offered from inside `release` waits its turn, so that order stands; as
 * consent is granted then, `maxHeld` doesn't apply to it. Every callback may offer events or change the consent.
 */
export class ConsentGate<E> {
  readonly #options: ConsentGateOptions<E>;
  #state: ConsentState = 'unknown';
  readonly #held = new Deque<Held<E>>();
  #isReleasing = false;
  #isClosed = false;
  readonly #elapsed: Elapsed;
  /** Measures ages: a stopped process or a changed wall clock makes no event older. */
  readonly #clock: GapClock;
  #timer: Subscription | undefined;
  /** When the timer fires, on the elapsed clock. */
  #firesAt = Infinity;

  constructor(options: ConsentGateOptions<E>) {
    this.#options = options;
    this.#elapsed = steadyClock(() => options.scheduler.now());
    this.#clock = new GapClock(this.#elapsed);
  }

  get state(): ConsentState {
    return this.#state;
  }

  /** Events that are held. */
  get size(): number {
    return this.#held.length;
  }

  /** `'pass'`: the caller goes on with it; `'held'`: it is here; else it is the caller's to reject, for want of consent or (`'consent'`) of room. */
  offer(event: E): 'pass' | 'held' | 'filtered' | 'consent' {
    // A timer may be late: throttled in a hidden tab, or asleep with the machine. Whoever hears of a loss may change all that follows.
    if (this.#state === 'unknown' && this.size >= this.#options.maxHeld) this.#loseExpired();
    if (this.#isClosed || this.#state === 'denied') return 'filtered';
    if (this.#state === 'unknown') {
      if (this.size >= this.#options.maxHeld) return 'consent';
    } else if (this.size === 0 && !this.#isReleasing) return 'pass';
    this.#held.push({ event, since: this.#clock.now() });
    this.#arm();
    return 'held';
  }

  /**
   * Holds from now on for what is offered; anything but a clear yes or no counts as `'unknown'`. Gives what a no takes, for the caller to
   * account for; after a yes, `release` is to be called.
   */
  setConsent(state: ConsentState): readonly E[] {
    this.#state = state === 'granted' || state === 'denied' ? state : 'unknown';
    return this.#state === 'denied' ? this.drain() : [];
  }

  /** Lets go what is held, in order, if consent is granted. What is offered meanwhile goes last. */
  release(): void {
    if (this.#state !== 'granted' || this.#isReleasing) return;
    this.#loseExpired();
    this.#isReleasing = true;
    while (this.state === 'granted' && this.size > 0) this.#options.release(this.#takeOldest());
    this.#isReleasing = false;
    this.#arm();
  }

  /** Takes out the newest of what waits for an answer, as far as it is more than `maxHeld` by now, for the caller to account for. */
  trim(): E[] {
    const trimmed: E[] = [];
    while (this.#state === 'unknown' && this.size > this.#options.maxHeld) trimmed.push((this.#held.pop() as Held<E>).event);
    this.#arm();
    return trimmed;
  }

  /** Takes out what is held, in order, for the caller to account for. */
  drain(): E[] {
    const held = this.#held.drain();
    this.#arm();
    return held.map(({ event }) => event);
  }

  /** As `drain`, and nothing is held any more. */
  close(): E[] {
    this.#isClosed = true;
    return this.drain();
  }

  #takeOldest(): E {
    return (this.#held.shift() as Held<E>).event;
  }

  #loseExpired(): void {
    const { maxAgeMs, lose } = this.#options;
    // A timer that should have fired and has not: what it is set for is about to expire.
    if (this.#timer !== undefined) this.#clock.skipGap(this.#firesAt - 1);
    const now = this.#clock.now();
    while (now - (this.#held.at(0)?.since ?? now) > maxAgeMs) lose(this.#takeOldest());
  }

  /** Sees to it that a timer runs for the oldest of what waits for an answer, and none where nothing does. */
  #arm(): void {
    const { maxAgeMs, scheduler } = this.#options;
    const oldest = this.#state === 'unknown' && maxAgeMs < Infinity ? this.#held.at(0) : undefined;
    if (oldest === undefined) {
      this.#timer?.unsubscribe();
      this.#timer = undefined;
      return;
    }
    if (this.#timer !== undefined) return;
    // A millisecond more, as an event may become as old as `maxAgeMs`, but not older.
    const delayMs = Math.min(Math.max(0, oldest.since + maxAgeMs - this.#clock.now()) + 1, MAX_DELAY_MS);
    this.#firesAt = this.#elapsed() + delayMs;
    this.#timer = scheduler.schedule(() => {
      this.#timer = undefined;
      this.#elapsed(this.#firesAt);
      this.#clock.skipGap(this.#firesAt);
      this.#loseExpired();
      this.#arm();
    }, delayMs);
  }
}

interface Held<E> {
  readonly event: E;
  readonly since: number;
}
