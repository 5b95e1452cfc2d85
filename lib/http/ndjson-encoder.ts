import type { Encoder } from './encoder.js';
import { jsonOf } from './json-encoder.js';

/**
 * One line of JSON for each event, without the batch around them.
 *
 * @example
 * const body = String(ndjsonEncoder.encode(createBatch([{ n: 1 }, { n: 2 }], 1)));
 * expect(body).to.equal('{"n":1}\n{"n":2}\n');
 */
export const ndjsonEncoder: Encoder<unknown> = {
  contentType: 'application/x-ndjson',
  encode: ({ events }) => events.map((event) => `${jsonOf(event)}\n`).join(''),
};
