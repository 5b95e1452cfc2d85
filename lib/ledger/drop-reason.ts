/**
 * Every way in which an accepted or offered event can fail to arrive.
 *
 * | reason | who books it | when |
 * |---|---|---|
 * | `backpressure` | collector | a `block` lane had no room |
 * | `enricher_error` | collector | an enricher threw or returned no event |
 * | `redactor_error` | collector | a redaction rule threw (fail-closed) |
 * | `sampler_error` | collector | a strategy threw or gave no valid weight |
 * | `stage_error` | collector | a user stage errored with the event inside |
 * | `stage_completed` | collector | a user stage had completed early |
 * | `too_large` | collector | alone above `batch.maxBytes` |
 * | `no_sink` | collector | held for want of a sink, beyond `queue.maxEvents` |
 * | `reentrancy` | collector | a chain of collects from callbacks grew too deep |
 * | `overflow` | lane | evicted by the lane's policy |
 * | `shutdown` | either | still held when shutdown's deadline came |
 * | `unregistered` | lane | still held when the sink left |
 * | `consent` | either | held too long or too many, or purged when consent was denied |
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
  'consent',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** Why an operator does not pass an event on: policy, sampling, an unusable event, or a loss. */
export type RejectReason = 'filtered' | 'sampled' | 'invalid' | DropReason;

/** Told about each event that an operator does not pass on. */
export type OnReject<E> = (event: E, reason: RejectReason, error?: unknown) => void;
