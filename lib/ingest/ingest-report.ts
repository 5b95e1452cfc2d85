import type { DecodeFault } from '../codecs/decode-faults.js';

/** An event that was refused because of its content. Sending it again would not help. */
export interface InvalidEvent {
  /** Its index in the body, from 0; blank lines don't count. */
  readonly index: number;
  /** The faults without any value: at most five per event, and none after the first hundred of a body. */
  readonly faults: readonly DecodeFault[];
}

/**
 * The outcome of a body's events: the body of a 202, 429 or 503. Each event is in one of the counts, in `invalid` or `moreInvalid`, or at or after
 * `retryFrom`.
 */
export interface IngestReport {
  /** Accepted by the collector. */
  readonly accepted: number;
  /** Excluded by the collector's policy. */
  readonly filtered: number;
  /** Excluded by the collector's sampling. */
  readonly sampled: number;
  /** Dropped by the collector, which counts them in its ledger. Sending them again would not help. */
  readonly dropped: number;
  /** Events whose ids were already accepted within the window. */
  readonly duplicates: number;
  /** The first hundred invalid events. */
  readonly invalid: readonly InvalidEvent[];
  /** Invalid events beyond those in `invalid`, which are not listed. Absent if there are none. */
  readonly moreInvalid?: number;
  /** With 429 and 503 only: events from this index on were not accepted. Send them again; the events before it may be sent again. */
  readonly retryFrom?: number;
}
