import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { httpSink } from '../../lib/http/http-sink.js';
import { ingestReport } from '../../lib/http/ingest-report.js';
import type { EventBatch } from '../../lib/event/event.js';
import type { HttpRequest, HttpResponse } from '../../lib/http/transport.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { expectBalanced } from '../support/books.js';

const EVENTS = 200;

/** If no answer is lost, the outcomes that the collector reports agree with the events that the server accepted, for all answers. */
describe('httpSink', () => {
  for (let seed = 1; seed <= 20; seed += 1)
    it(`reports the server's outcome of each event, even if batches are divided, refused or accepted in part: seed ${String(seed)}`, async () => {
      const random = seededRandom(seed);
      const pick = <T>(...from: [T, ...T[]]): T => from[Math.floor(random() * from.length)] ?? from[0];
      const taken: string[] = [];
      const contents = new Map<unknown, string>();

      const answer = (status: number, text = ''): HttpResponse => ({
        status,
        header: () => undefined,
        text: () => Promise.resolve(text),
        discard: () => undefined,
      });
      const transport = async ({ body, headers }: HttpRequest): Promise<HttpResponse> => {
        await new Promise((resolve) => setImmediate(resolve));
        const ids = (JSON.parse(String(body)) as EventBatch<{ id: string }>).events.map(({ id }) => id);
        const key = headers['idempotency-key'];
        expect(contents.get(key) ?? ids.join(), 'the same events as before under this key').to.equal(ids.join());
        contents.set(key, ids.join());
        const fate = random();
        if (fate < 0.1) throw new Error('The network is down');
        if (fate < 0.2) return answer(pick(429, 500, 503, 408));
        if (fate < 0.25) return answer(pick(400, 404, 307));
        if (fate < 0.35 && ids.length > 1) return answer(413);
        const invalid = ids.flatMap((_, index) => (random() < 0.05 ? [{ index }] : []));
        taken.push(...ids.filter((_, index) => invalid.every((each) => each.index !== index)));
        return answer(202, JSON.stringify({ invalid }));
      };

      const collector = new EventCollector({
        sinks: [httpSink({ url: 'https://example.org/', transport, maxBodyBytes: pick(600, 2_000, 100_000), parseResponse: ingestReport })],
        config: { batch: { maxCount: pick(3, 17, 50) } },
        lane: {
          concurrency: pick(1, 3),
          maxEvents: pick(30, 10_000),
          overflow: pick('drop_oldest', 'drop_lowest_priority', 'drop_newest'),
          retry: { baseDelayMs: 0, maxDelayMs: 0, maxAttempts: 3 },
          breaker: false,
        },
      });
      const all: string[] = [];
      const told: Record<'delivered' | 'failed' | 'dropped', string[]> = { delivered: [], failed: [], dropped: [] };
      collector.events$.subscribe(({ id }) => all.push(id));
      collector.deliveries$.subscribe(({ status, batch }) => {
        told[status].push(...batch.events.map(({ id }) => id));
        expectBalanced(collector);
      });
      for (let n = 0; n < EVENTS; n += 1) {
        // Some have no JSON form, and some are too long for a body.
        const data = pick<unknown>(n, n, n, n, n, n, n, 1n, 'x'.repeat(700));
        collector.collect({ type: 'feature_used', priority: pick('low', 'normal', 'high'), data });
        if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await collector.shutdown();
      expectBalanced(collector);
      expect([...told.delivered, ...told.failed, ...told.dropped].sort()).to.deep.equal(all.sort());
      expect(taken.sort()).to.deep.equal(told.delivered.sort());
    });
});
