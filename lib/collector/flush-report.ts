/** The result of `flush`, `shutdown` or `unregisterSink`. All counts are of events. */
export interface FlushReport {
  /** Whether the deadline was reached. Pending events stay pending after a flush, and are dropped by a shutdown. */
  readonly timedOut: boolean;
  /** Events held because there is no sink or no consent yet; a shutdown has dropped them. */
  readonly held: number;
  /** Events that entered the user's stages and have not left them. A flush doesn't wait for these. Includes events that a stage filtered out, until the stages have completed. */
  readonly inStages: number;
  /** Each lane's totals, by sink name. `kept`: left in the store of a durable lane at shutdown. `safe`: those of `pending` that its store has. Both are absent if there are none. */
  readonly sinks: Readonly<
    Record<
      string,
      {
        readonly delivered: number;
        readonly failed: number;
        readonly dropped: number;
        readonly pending: number;
        readonly kept?: number;
        readonly safe?: number;
      }
    >
  >;
}
