import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import type { Expectation } from '../internal/check-option.js';
import { isHeaderValue } from './checked-headers.js';

/**
 * Creates the body of a request from a batch.
 *
 * If `encode` throws, it is called again for each event, in a batch of one; only the events for which it throws again fail: with the thrown
 * `SinkError`, such as `too_large`, otherwise as `rejected`. It is also called with parts of a batch that is too long for one request. Sinks that
 * share an encoder share its results.
 *
 * @example
 * const lines: Encoder = { contentType: 'text/plain', encode: ({ events }) => events.map(({ type }) => type).join('\n') };
 */
export interface Encoder<E = AnalyticsEvent> {
  readonly contentType: string;
  encode(batch: EventBatch<E>): string | Uint8Array;
  /**
   * Adds the time of sending to a body, in milliseconds since the epoch. Called for each request, whereas the result of `encode` is reused for
   * retries and must not contain the time. The added bytes don't count towards the limits of a body.
   *
   * @default the body is sent as it is
   */
  readonly stamp?: ((body: string | Uint8Array, sentAt: number) => string | Uint8Array) | undefined;
}

export const anEncoder: Expectation = {
  expected: 'an encoder with a `contentType` that a header can hold, a function `encode`, and a function `stamp` or none',
  accepts: (value) => {
    const { contentType, encode, stamp } = (value ?? {}) as Partial<Encoder>;
    const areFunctions = typeof encode === 'function' && (stamp === undefined || typeof stamp === 'function');
    return isHeaderValue(contentType) && contentType !== '' && areFunctions;
  },
};
