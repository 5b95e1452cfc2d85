import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import type { Expectation } from '../internal/check-option.js';
import { isHeaderValue } from './checked-headers.js';

/**
 * Makes the body of a request from a batch.
 *
 * `encode` may throw for an event that it can't encode: it is then asked about each event alone, in a batch of one, and only those for which it
 * throws again fail. It is asked about parts of a batch, too, where the whole is too long for one request. Sinks that share an encoder share its work.
 *
 * @example
 * const lines: Encoder = { contentType: 'text/plain', encode: ({ events }) => events.map(({ type }) => type).join('\n') };
 */
export interface Encoder<E = AnalyticsEvent> {
  readonly contentType: string;
  encode(batch: EventBatch<E>): string | Uint8Array;
}

/** What an encoder has to have. */
export const anEncoder: Expectation = {
  expected: 'an encoder with a `contentType` that a header can hold and a function `encode`',
  accepts: (value) => {
    const { contentType, encode } = (value ?? {}) as Partial<Encoder>;
    return isHeaderValue(contentType) && contentType !== '' && typeof encode === 'function';
  },
};
