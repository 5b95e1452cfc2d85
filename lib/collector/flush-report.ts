/** How things stand at the end of a flush, a shutdown, or a sink's leaving. Counts are of events. */
export interface FlushReport {
  /** Whether the deadline came first. After a flush what is pending stays pending; after a shutdown it was dropped. */
  readonly timedOut: boolean;
  /** Held for want of a sink or of consent; after a shutdown, that many were dropped. */
  readonly held: number;
  /** Inside the user's stages, which a flush doesn't wait for. */
  readonly inStages: number;
  /** Each lane's totals, by sink name. */
  readonly sinks: Readonly<
    Record<string, { readonly delivered: number; readonly failed: number; readonly dropped: number; readonly pending: number }>
  >;
}
