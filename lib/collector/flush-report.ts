/** How things stand at the end of a flush, a shutdown, or a sink's leaving. Counts are of events. */
export interface FlushReport {
  /** Whether the deadline came first. After a flush what is pending stays pending; after a shutdown it was dropped. */
  readonly timedOut: boolean;
  /** Held for want of a sink or of consent; after a shutdown, that many were dropped. */
  readonly held: number;
  /** Went into the user's stages, which a flush doesn't wait for, and did not come out: what a stage has filtered out, too, until the stages have completed. */
  readonly inStages: number;
  /** Each lane's totals, by sink name. `kept`: left in the store of a durable lane at shutdown; absent if there are none. */
  readonly sinks: Readonly<
    Record<
      string,
      {
        readonly delivered: number;
        readonly failed: number;
        readonly dropped: number;
        readonly pending: number;
        readonly kept?: number;
      }
    >
  >;
}
