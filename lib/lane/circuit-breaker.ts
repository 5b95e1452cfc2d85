import { Subject, type Observable } from 'rxjs';
import type { BreakerOptions } from './lane-options.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Leaves a sink alone that has failed several times in a row, and tries it again with a single probe.
 *
 * ```
 *            `failures` in a row                 openMs later
 *   closed ─────────────────────► open ─────────────────────► half-open
 *     ▲                             ▲                             │ one probe
 *     └──────── it succeeds ────────┼───────── it fails ──────────┘
 * ```
 *
 * Source of the pattern: Michael Nygard, "Release It!", 2007.
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #changes = new Subject<BreakerState>();
  #state: BreakerState = 'closed';
  #failuresInARow = 0;
  #openUntil = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Emits each new state, after it has been entered. */
  get changes$(): Observable<BreakerState> {
    return this.#changes;
  }

  /** While open: when a probe may go, in the clock's milliseconds. */
  get openUntil(): number {
    return this.#openUntil;
  }

  /** Whether an attempt may go now. The first to ask after the open time is the probe, and must report how it ended. */
  admits(now: number): boolean {
    if (this.#state === 'open' && now >= this.#openUntil) {
      this.#enter('half-open');
      return true;
    }
    return this.#state === 'closed';
  }

  succeeded(): void {
    this.#failuresInARow = 0;
    if (this.#state !== 'closed') this.#enter('closed');
  }

  failed(now: number): void {
    this.#failuresInARow += 1;
    if (this.#state === 'half-open' || (this.#state === 'closed' && this.#failuresInARow >= this.#options.failures)) {
      this.#openUntil = now + this.#options.openMs;
      this.#enter('open');
    }
  }

  #enter(state: BreakerState): void {
    this.#state = state;
    this.#changes.next(state);
  }
}
