import type { BreakerOptions } from './lane-options.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * A circuit breaker: stops attempts after several consecutive failures, then admits a single probe.
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
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #onChange: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  #failuresInARow = 0;
  #openUntil = Infinity;

  /** @param onChange called after each change of the state */
  constructor(options: BreakerOptions, onChange: (state: BreakerState) => void) {
    this.#options = options;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** When a probe may be sent; while a probe is running, the time at which it ends at the latest. */
  get openUntil(): number {
    return this.#openUntil;
  }

  /** Whether an attempt of at most `timeoutMs` may start. After the open time the first call starts the probe, and its result must be reported. */
  admits(now: number, timeoutMs: number): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'half-open' || now < this.#openUntil) return false;
    this.#enter('half-open', now + timeoutMs);
    return true;
  }

  succeeded(): void {
    this.#failuresInARow = 0;
    if (this.#state !== 'closed') this.#enter('closed', Infinity);
  }

  failed(now: number): void {
    const { failures, openMs } = this.#options;
    this.#failuresInARow += 1;
    if (this.#state === 'half-open' || (this.#state === 'closed' && this.#failuresInARow >= failures)) this.#enter('open', now + openMs);
  }

  #enter(state: BreakerState, until: number): void {
    this.#state = state;
    this.#openUntil = until;
    this.#onChange(state);
  }
}
