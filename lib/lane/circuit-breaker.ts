import { Subject, type Observable } from 'rxjs';
import type { BreakerOptions } from './lane-options.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface CircuitBreaker {
  readonly state: BreakerState;
  /** Emits each new state, after it has been entered. */
  readonly changes$: Observable<BreakerState>;
  /** When a probe may go, in the clock's milliseconds; while one is under way, when it will have ended at the latest. */
  readonly openUntil: number;
  /** Whether an attempt may go now, of `timeoutMs` at most. The first to ask after the open time is the probe, and must report how it ended. */
  readonly admits: (now: number, timeoutMs: number) => boolean;
  readonly succeeded: () => void;
  readonly failed: (now: number) => void;
}

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
export function circuitBreaker({ failures, openMs }: BreakerOptions): CircuitBreaker {
  const changes$ = new Subject<BreakerState>();
  let state: BreakerState = 'closed';
  let failuresInARow = 0;
  let openUntil = Infinity;
  const enter = (next: BreakerState, until: number): void => {
    state = next;
    openUntil = until;
    changes$.next(next);
  };
  return {
    changes$,
    get state() {
      return state;
    },
    get openUntil() {
      return openUntil;
    },
    admits(now, timeoutMs) {
      if (state === 'closed') return true;
      if (state === 'half-open' || now < openUntil) return false;
      enter('half-open', now + timeoutMs);
      return true;
    },
    succeeded() {
      failuresInARow = 0;
      if (state !== 'closed') enter('closed', Infinity);
    },
    failed(now) {
      failuresInARow += 1;
      if (state === 'half-open' || (state === 'closed' && failuresInARow >= failures)) enter('open', now + openMs);
    },
  };
}
