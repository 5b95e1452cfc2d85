import type { DecodeFault } from '../codecs/decode-faults.js';

/** An event that was not taken because of what it is; sent again, it would be no better. */
export interface InvalidEvent {
  /** Its place in the body, from 0; blank lines don't count. */
  readonly index: number;
  /** What is wrong, without any value: at most five faults, and none at all after the first hundred bad events of a body. */
  readonly faults: readonly DecodeFault[];
}

/**
 * What became of a body's events, as 202, 429 and 503 answer it. Each event is in one of the counts, in `invalid`, or in what
 * `retryFrom` speaks of.
 */
export interface IngestReport {
  /** Taken by the collector. */
  readonly accepted: number;
  /** Kept out by the collector's policy. */
  readonly filtered: number;
  /** Left out by the collector's sampling. */
  readonly sampled: number;
  /** Lost by the collector, which has them in its books; sending them again would not help. */
  readonly dropped: number;
  /** Taken before: their ids were seen within the window. */
  readonly duplicates: number;
  readonly invalid: readonly InvalidEvent[];
  /** With 429 and 503 only: the events from this index on were not taken, and are to be sent again. Those before it need not be, but may. */
  readonly retryFrom?: number;
}
