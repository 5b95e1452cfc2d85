import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { httpSink } from '../../lib/http/http-sink.js';
import { otlpLogs } from '../../lib/otlp/otlp-logs.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { attributeOf, decodeLogs, recordsOf } from '../support/otlp.js';

describe('otlpLogs', () => {
  let server: LoopbackServer;

  beforeEach(async () => {
    server = await LoopbackServer.start((_received, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}'),
    );
  });
  afterEach(() => server.stop());

  it('makes httpSink send log records to a receiver', async () => {
    const sink = httpSink({ ...otlpLogs({ url: `http://127.0.0.1:${String(server.port)}` }) });
    const collector = new EventCollector({ sinks: [sink], sessionId: 'session-1' });
    collector.collect({ type: 'order_placed', id: 'a', timestamp: 1_700_000_000_123, data: { total: 9.5 } });
    const { sinks } = await collector.shutdown();
    expect(sinks.otlp).to.deep.include({ delivered: 1, failed: 0 });
    const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = server.requests;
    expect([path, headers['content-type']]).to.deep.equal(['/v1/logs', 'application/json']);
    const [record = {}] = recordsOf(decodeLogs(body));
    expect(record).to.deep.include({ timeUnixNano: '1700000000123000000', eventName: 'order_placed' });
    expect(attributeOf(record, 'session.id')).to.deep.equal({ stringValue: 'session-1' });
  });
});
