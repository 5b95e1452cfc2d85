import type { Observable, SchedulerLike } from 'rxjs';
import type { Trampoline } from '../internal/trampoline.js';
import type { Recorder } from './recorder.js';

/** What the rooms of a collector have in common. */
export interface Parts {
  readonly recorder: Recorder;
  readonly trampoline: Trampoline;
  /** Its work runs in trampoline. */
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
