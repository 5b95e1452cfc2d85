import type { SchedulerLike, Subscription } from 'rxjs';
import { MAX_DELAY_MS } from '../internal/check-option.js';
import { Deque } from '../internal/deque.js';
import { GapClock } from '../internal/gap-clock.js';
import { steadyClock, type Elapsed } from '../internal/steady-clock.js';

/** Whether events may pass. */
export type ConsentState = 'granted' | 'denied' | 'unknown';

export const isConsent = (value: unknown): value is ConsentState => value === 'granted' || value === 'denied' || value === 'unknown';

export interface ConsentGateOptions<E> {
  /** Maximum number of held events. Read for each event, so it may change; call `trim` for events that are held already. */
  readonly maxHeld: number;
  /** Maximum time for which an event is held, in milliseconds; `Infinity` disables the limit. */
  readonly maxAgeMs: number;
  readonly scheduler: SchedulerLike;
  /** Called with each held event, in order, once consent is granted. Must not throw. */
  readonly release: (event: E) => void;
  /** Called with each event that was held for too long. Must not throw. */
  readonly lose: (event: E) => void;
}

/**
 * Holds events until consent is granted or denied.
 *
 * At most one timer runs, for the oldest held event. Events offered from inside `release` are appended, which keeps the order; `maxHeld` doesn't
 * apply to them, because consent is granted. Every callback may offer events or change the consent.
 */
export class ConsentGate<E> {
  readonly #options: ConsentGateOptions<E>;
  #state: ConsentState = 'unknown';
  readonly #held = new Deque<Held<E>>();
  #isReleasing = false;
  #isClosed = false;
  readonly #elapsed: Elapsed;
  /** Measures ages. Time in which the process was stopped doesn't count, nor do changes of the wall clock. */
  readonly #clock: GapClock;
  #timer: Subscription | undefined;
  /** When the timer fires, by `#clock`. */
  #firesAt = Infinity;

  constructor(options: ConsentGateOptions<E>) {
    this.#options = options;
    this.#elapsed = steadyClock(() => options.scheduler.now());
    this.#clock = new GapClock(this.#elapsed);
  }

  get state(): ConsentState {
    return this.#state;
  }

  /** The number of held events. */
  get size(): number {
    return this.#held.length;
  }

  /** `'pass'`: the event may continue. `'held'`: the gate holds it. Otherwise the caller rejects it: consent is denied, or (`'consent'`) the gate is full. */
  offer(event: E): 'pass' | 'held' | 'filtered' | 'consent' {
    // The timer may be late: throttled in a hidden tab, or suspended with the machine. So expire events now. The callback may change the state that
    // is read below.
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
   * Sets the consent; any other value counts as `'unknown'`. Returns the held events if consent is denied: the caller records them as dropped. If
   * it is granted, the caller calls `release`.
   */
  setConsent(state: ConsentState): readonly E[] {
    this.#state = state === 'granted' || state === 'denied' ? state : 'unknown';
    return this.#state === 'denied' ? this.drain() : [];
  }

  /** Releases the held events in order, if consent is granted. Events offered meanwhile are appended. */
  release(): void {
    if (this.#state !== 'granted' || this.#isReleasing) return;
    this.#loseExpired();
    this.#isReleasing = true;
    while (this.state === 'granted' && this.size > 0) this.#options.release(this.#takeOldest());
    this.#isReleasing = false;
    this.#arm();
  }

  /** While consent is unknown, removes and returns the newest events beyond `maxHeld`: the caller records them. */
  trim(): E[] {
    const trimmed: E[] = [];
    while (this.#state === 'unknown' && this.size > this.#options.maxHeld) trimmed.push((this.#held.pop() as Held<E>).event);
    this.#arm();
    return trimmed;
  }

  /** Removes and returns the held events in order: the caller records them. */
  drain(): E[] {
    const held = this.#held.drain();
    this.#arm();
    return held.map(({ event }) => event);
  }

  /** Like `drain`; afterwards the gate holds no events. */
  close(): E[] {
    this.#isClosed = true;
    return this.drain();
  }

  #takeOldest(): E {
    return (this.#held.shift() as Held<E>).event;
  }

  #loseExpired(): void {
    const { maxAgeMs, lose } = this.#options;
    // If the timer is overdue, count only the time up to it, so that its event expires next.
    if (this.#timer !== undefined) this.#clock.skipGap(this.#firesAt - 1);
    const now = this.#clock.now();
    while (now - (this.#held.at(0)?.since ?? now) > maxAgeMs) lose(this.#takeOldest());
  }

  /** Starts a timer for the oldest event while consent is unknown; stops it if no event is held. */
  #arm(): void {
    const { maxAgeMs, scheduler } = this.#options;
    const oldest = this.#state === 'unknown' && maxAgeMs < Infinity ? this.#held.at(0) : undefined;
    if (oldest === undefined) {
      this.#timer?.unsubscribe();
      this.#timer = undefined;
      return;
    }
    if (this.#timer !== undefined) return;
    // One millisecond more: an event that is exactly `maxAgeMs` old has not expired yet.
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
