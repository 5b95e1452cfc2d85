import type { EventBatch } from '../event/event.js';
import type { HttpAnswer } from './http-sink.js';

/**
 * A `parseResponse` for the endpoints of `./ingest`: the events that it has found invalid fail, and those alone.
 *
 * It concerns answers of 2xx only. Where the endpoint has no room (429, 503), the sink's lane sends the batch again, and the endpoint knows by their ids
 * those that it took the first time.
 *
 * Rejects for an answer that is no such report: something else has answered, and what became of the events is not known.
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
export async function ingestReport<E>(answer: HttpAnswer, { events }: EventBatch<E>): Promise<readonly E[]> {
  const invalid = invalidOf(await answer.text());
  const failed = events.filter((_, index) => invalid?.has(index));
  // Each index has its event, or the report is one of other events.
  if (failed.length !== invalid?.size) throw new TypeError('Expected the report of an ingest endpoint');
  return failed;
}

function invalidOf(text: string): ReadonlySet<unknown> | undefined {
  try {
    const { invalid } = JSON.parse(text) as { readonly invalid: readonly { readonly index: unknown }[] };
    return new Set(invalid.map(({ index }) => index));
  } catch {
    // The parser's own message would quote the answer.
    return undefined;
  }
}
