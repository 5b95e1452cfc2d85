import type { Observable, SchedulerLike } from 'rxjs';
import type { Turns } from '../internal/turns.js';
import type { Accounts } from './accounts.js';

/** What the rooms of a collector have in common. */
export interface Parts {
  readonly accounts: Accounts;
  readonly turns: Turns;
  /** Its work runs in turns. */
  readonly scheduler: SchedulerLike;
  /** Keeps the process alive while it is subscribed to. */
  readonly awake$: Observable<unknown>;
  readonly random: () => number;
  readonly newId: () => string;
  /** How many events wait for a sink, or for consent, at most. */
  readonly maxHeld: () => number;
  /** Cuts the open batch. */
  readonly cut: () => void;
}
