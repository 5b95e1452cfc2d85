/**
 * The reasons for which an accepted or offered event can be lost.
 *
 * | reason | counted by | when |
 * |---|---|---|
 * | `backpressure` | collector | a `block` lane was full |
 * | `enricher_error` | collector | an enricher threw or did not return an event |
 * | `redactor_error` | collector | a redaction rule threw (fail-closed) |
 * | `sampler_error` | collector | a strategy threw or returned an invalid weight |
 * | `stage_error` | collector | a user stage failed with the event inside |
 * | `stage_completed` | collector | a user stage had completed early |
 * | `too_large` | collector | the event alone exceeds `batch.maxBytes` |
 * | `no_sink` | collector | no sink was registered, and `queue.maxEvents` were already held |
 * | `reentrancy` | collector | a chain of `collect` calls from callbacks became too deep |
 * | `overflow` | lane | evicted by the lane's policy |
 * | `shutdown` | either | still held at the deadline of `shutdown` |
 * | `unregistered` | lane | still held when the sink was removed |
 * | `expired` | lane | in the store of a durable lane for longer than its `maxAgeMs` |
 * | `consent` | either | held for too long, beyond the limit, or when consent was denied |
 */
export const DROP_REASONS = [
  'backpressure',
  'enricher_error',
  'redactor_error',
  'sampler_error',
  'stage_error',
  'stage_completed',
  'too_large',
  'no_sink',
  'reentrancy',
  'overflow',
  'shutdown',
  'unregistered',
  'expired',
  'consent',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** The reason why an operator does not pass an event on: policy, sampling, an invalid event, or a loss. */
export type RejectReason = 'filtered' | 'sampled' | 'invalid' | DropReason;

/** Called with each event that an operator does not pass on. */
export type OnReject<E> = (event: E, reason: RejectReason, error?: unknown) => void;
