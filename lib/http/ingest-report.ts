import { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import type { HttpAnswer } from './parsed-error.js';

/**
 * A `parseResponse` for the endpoints of `./ingest`: only the events that the endpoint found invalid fail.
 *
 * Only 2xx answers are read; for others the status decides. When the endpoint is full (429, 503), the sink's lane sends the batch again, and the
 * endpoint recognises already accepted events by their ids.
 *
 * Rejects if a 2xx answer is not a report: another server has answered, and the outcome of the events is unknown.
 *
 * @example
 * const transport = async () => ({ status: 202, header: () => undefined, text: async () => '{"invalid":[{"index":1,"faults":[]}]}', discard: () => undefined });
 * const sink = httpSink({ url: 'https://example.org/events', transport, parseResponse: ingestReport });
 * const collector = new EventCollector({ sinks: [sink] });
 * const failed: string[] = [];
 * collector.deadLetters$.subscribe(({ batch }) => failed.push(...batch.events.map(({ type }) => type)));
 * collector.collectBatch([{ type: 'good' }, { type: 'bad' }]);
 * await collector.shutdown();
 * expect(failed).to.deep.equal(['bad']);
 */
export async function ingestReport<E>(answer: HttpAnswer, { events }: EventBatch<E>): Promise<readonly E[] | SinkError<E> | undefined> {
  if (answer.status < 200 || answer.status >= 300) return undefined;
  const { invalid, moreInvalid = 0 } = reportOf(await answer.text());
  // Some invalid events are not listed: the lane halves the batch until all are.
  if (moreInvalid > 0)
    return new SinkError('rejected', `The endpoint found more invalid events than it lists: ${String(moreInvalid)} more`);
  const failed = events.filter((_, index) => invalid?.has(index));
  // An index is out of range: the report belongs to another batch.
  if (failed.length !== invalid?.size) throw new TypeError('Expected the report of an ingest endpoint');
  return failed;
}

function reportOf(text: string): { readonly invalid?: ReadonlySet<unknown>; readonly moreInvalid?: number } {
  try {
    const { invalid, moreInvalid } = JSON.parse(text) as {
      readonly invalid: readonly { readonly index: unknown }[];
      readonly moreInvalid?: unknown;
    };
    return { invalid: new Set(invalid.map(({ index }) => index)), moreInvalid: Number(moreInvalid ?? 0) };
  } catch {
    // The parser's own message would quote the answer.
    return {};
  }
}
