import type { DecodeFault } from '../codecs/decode-faults.js';

/** An event that was refused for what it is. Sending it again would not help. */
export interface InvalidEvent {
  /** Its index in the body, from 0; blank lines don't count. */
  readonly index: number;
  /** What is wrong, without any value: at most five faults, and none after the first hundred of a body. */
  readonly faults: readonly DecodeFault[];
}

/**
 * The outcome of a body's events: the answer of 202, 429 and 503. Each event is in one of the counts, in `invalid` or `moreInvalid`, or at or
 * after `retryFrom`.
 */
export interface IngestReport {
  /** Accepted by the collector. */
  readonly accepted: number;
  /** Excluded by the collector's policy. */
  readonly filtered: number;
  /** Excluded by the collector's sampling. */
  readonly sampled: number;
  /** Lost by the collector, which counts them in its ledger. Sending them again would not help. */
  readonly dropped: number;
  /** Their ids were accepted before, within the window. */
  readonly duplicates: number;
  /** The first hundred invalid events. */
  readonly invalid: readonly InvalidEvent[];
  /** Invalid events beyond those in `invalid`, which are not listed. Left out if there are none. */
  readonly moreInvalid?: number;
  /** With 429 and 503 only: events from this index on were not accepted. Send them again; the events before it may be sent again. */
  readonly retryFrom?: number;
}
