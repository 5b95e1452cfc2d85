/**
 * Behaviour that the simulation leaves alone for now, because it is known to be wrong; each entry goes when the fault does.
 *
 * Empty, as it should be, the simulation holds everything to account.
 */
export const KNOWN_FAULTS = {
  /** Aborted only after the next attempt has begun. */
  lateAbort: false,
  /** `collector.subscribe` gives a subscription that doesn't close on completion. */
  subscriptionStaysOpen: false,
  /** Partly delivered and then halved, both halves go by one id. */
  halvesShareId: false,
  /** Evicted from before it is tried again, a redelivered dead letter keeps the id that it was tried under. */
  redeliveredKeepsId: false,
  /** What was in flight when the bound was lowered stays above it when it comes back for a retry. */
  boundAfterFlight: false,
  /** Refused while the last reports are given, events as closed are not reported. */
  closedDuringLastReports: false,
  /** Consent that changes inside a callback holds only after the turn. */
  consentInItsTurn: false,
  /** An event whose own enricher denies consent is accepted all the same. */
  deniedByOwnStep: false,
  /** What is published in the turn in which all sinks leave is nobody's. */
  publishedAfterShutdown: false,
  /** A sink that was closed in a hurry is flushed and closed again when it is unregistered afterwards. */
  leaveAfterExpire: false,
  /** A validator or metadata function that shuts down has its own event held for ever. */
  heldAfterShutdown: false,
  /** While a batch is handed out, a lane with `block` lets in more than it has room for. */
  blockDuringFanOut: false,
  /** A dead letter is taken back for a sink whose leaving has been asked for. */
  redeliverAfterUnregister: false,
  /** Dead letters get past the bound of a lane with `block`. */
  redeliverPastBlock: false,
  /** A sink without a breaker shows the one of its predecessor of the same name. */
  staleBreaker: false,
  /** Halves of a batch are in the wrong order when a lane evicts for the first time. */
  lazyEvictionOrder: true,
  /** While a sink's leaving begins, dead letters are still taken back for it. */
  redeliverWhileLeaving: true,
  /** An ending asked for again from inside its own beginning is another one. */
  reentrantEndings: true,
  /** Consent that is denied after the shutdown has begun purges nothing. */
  deniedDuringShutdown: true,
  /** The last sink leaves and the next one comes in one turn: what is accepted in between is nobody's. */
  unregisterThenRegister: true,
  /** What is accepted in the turn in which the last sink leaves may be too much to hold. */
  earlyBound: true,
} as const satisfies Readonly<Record<string, boolean>>;
