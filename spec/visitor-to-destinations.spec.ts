import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { withVisitor } from '../lib/browser/index.js';
import { httpSink } from '../lib/http/index.js';
import { EventCollector } from '../lib/index.js';
import { otlpLogs } from '../lib/otlp/index.js';
import { postHog, segment } from '../lib/vendors/index.js';
import { expectBalanced } from './support/books.js';
import { LoopbackServer } from './support/loopback-server.js';
import { MapStorage } from './support/map-storage.js';
import { attributeOf, decodeLogs, plain, recordsOf } from './support/otlp.js';

describe("a visitor's ids at their destinations", () => {
  let server: LoopbackServer;

  beforeEach(async () => {
    server = await LoopbackServer.start((_received, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  afterEach(() => server.stop());

  it('are sent as the user, the visitor, the session and the previous session', async () => {
    const url = new URL(server.url).origin;
    // Time that the test advances; delivery happens in real time.
    const clock = new VirtualTimeScheduler();
    clock.frame = 1_700_000_000_000;
    const collector = new EventCollector({
      sinks: [
        httpSink({ ...otlpLogs({ url }) }),
        httpSink({ ...postHog({ apiKey: 'phc_1', url: `${url}/posthog` }) }),
        httpSink({ ...segment({ writeKey: '1', url: `${url}/segment` }) }),
      ],
      scheduler: clock,
    });
    const visitor = withVisitor(collector, { storage: new MapStorage() });
    const { anonymousId, session: first } = visitor;
    collector.track('a');
    clock.frame += 31 * 60_000;
    visitor.identify('user-1', { plan: 'pro' });
    const { session: second } = visitor;
    await collector.flush();
    expectBalanced(collector);
    const bodyOf = (path: string): string => server.requests.find((request) => request.path.startsWith(path))?.body ?? '';

    const known = [anonymousId, 'user-1'];
    const logs = recordsOf(decodeLogs(bodyOf('/v1/logs'))).map((record) => [
      record.eventName,
      ...['session.id', 'session.previous_id', 'enduser.pseudo.id', 'user.id'].map((name) => plain(attributeOf(record, name))),
    ]);
    expect(logs).to.deep.equal([
      ['session_started', first.id, null, anonymousId, null],
      ['a', first.id, null, anonymousId, null],
      ['session_started', second.id, first.id, ...known],
      ['user_identified', second.id, null, ...known],
    ]);

    const { batch } = JSON.parse(bodyOf('/posthog')) as {
      batch: { event: string; distinct_id: string; properties: Record<string, unknown> }[];
    };
    expect(batch.map(({ distinct_id, properties }) => [distinct_id, properties.$session_id])).to.deep.equal([
      [anonymousId, first.id],
      [anonymousId, first.id],
      ['user-1', second.id],
      ['user-1', second.id],
    ]);
    expect(batch.at(-1)).to.have.property('event', '$identify');
    expect(batch.at(-1)?.properties).to.deep.include({ $anon_distinct_id: anonymousId, $set: { plan: 'pro' } });

    const { batch: tracks } = JSON.parse(bodyOf('/segment')) as { batch: { userId?: string; anonymousId: string; traits?: object }[] };
    expect(tracks.map((track) => [track.anonymousId, track.userId])).to.deep.equal([
      [anonymousId, undefined],
      [anonymousId, undefined],
      known,
      known,
    ]);
    expect(tracks.at(-1)).to.deep.include({ type: 'identify', traits: { plan: 'pro' } });
    collector.shutdown().catch(() => undefined);
  });
});
