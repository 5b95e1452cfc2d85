import type { DropReason } from '../ledger/drop-reason.js';
import type { CollectOutcome } from '../ledger/ledger.js';

/**
 * An event's outcome at one sink. `'kept'`: left in the store of a durable lane, for the next run of the program. `'stored'`, only with `until:
 * 'stored'`: in that store, but not delivered yet.
 */
export type SinkOutcome = 'delivered' | 'failed' | 'dropped' | 'kept' | 'stored';

/** The final outcome of one event. */
export interface Settlement {
  /**
   * The result that `collect` would have returned. For an event that was held for consent and then excluded by sampling or an enricher: `'sampled'`
   * or `'filtered'`.
   */
  readonly outcome: CollectOutcome;
  /**
   * The outcome by name of each sink that received the event. Empty if the event was not accepted, was lost before it was in a batch, if there is no
   * sink, or if the user's stages did not emit it. In the last case `lost` is absent, since a stage may drop an event on purpose.
   */
  readonly sinks: Readonly<Record<string, SinkOutcome>>;
  /** Why the collector dropped the event, if it did. */
  readonly lost?: DropReason;
}
