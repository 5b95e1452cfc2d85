import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import type { Expectation } from '../internal/check-option.js';
import { isHeaderValue } from './checked-headers.js';

/**
 * Creates the body of a request from a batch.
 *
 * If `encode` throws, it is called again for each event, in a batch of one; only the events for which it throws again fail. It is also called
 * with parts of a batch that is too long for one request. Sinks that share an encoder share its results.
 *
 * @example
 * const lines: Encoder = { contentType: 'text/plain', encode: ({ events }) => events.map(({ type }) => type).join('\n') };
 */
export interface Encoder<E = AnalyticsEvent> {
  readonly contentType: string;
  encode(batch: EventBatch<E>): string | Uint8Array;
}

export const anEncoder: Expectation = {
  expected: 'an encoder with a `contentType` that a header can hold and a function `encode`',
  accepts: (value) => {
    const { contentType, encode } = (value ?? {}) as Partial<Encoder>;
    return isHeaderValue(contentType) && contentType !== '' && typeof encode === 'function';
  },
};
