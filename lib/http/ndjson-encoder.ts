import { eventJson } from '../event/event-json.js';
import type { Encoder } from './encoder.js';

/**
 * Encodes each event as one line of JSON. The batch's own fields are left out.
 *
 * Values that JSON lacks, such as errors and maps, are written as listed in docs/values.md.
 *
 * @example
 * const body = String(ndjsonEncoder.encode(createBatch([{ n: 1 }, { n: 2 }], 1)));
 * expect(body).to.equal('{"n":1}\n{"n":2}\n');
 */
export const ndjsonEncoder: Encoder<unknown> = {
  contentType: 'application/x-ndjson',
  encode: ({ events }) => events.map((event) => `${eventJson(event)}\n`).join(''),
};
