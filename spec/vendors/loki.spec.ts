import { expect } from 'chai';
import { loki } from '../../lib/vendors/loki.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { describeVendor } from '../support/describe-vendor.js';
import type { Received } from '../support/loopback-server.js';
import { idOf, sendTo, vendorEvent } from '../support/vendor-stub.js';

describe('loki', () => {
  const preset = (url: string, user?: UserOf) => loki({ url, labels: { service_name: 'shop' }, user });
  const ok = { status: 204 };
  const streamsIn = ({ body }: Received) =>
    (JSON.parse(body) as { streams: { stream: object; values: [time: string, line: string][] }[] }).streams;

  describeVendor({
    preset,
    ok,
    fates: {
      'a login that is missing': { answers: [{ status: 401 }], failed: 'rejected HTTP_401' },
      'a rate limit': { answers: [{ status: 429, body: 'Ingestion rate limit exceeded' }, ok] },
      'an outage': { answers: [{ status: 500, body: 'at least 2 live replicas required' }, ok] },
    },
    halves: [400, 413],
    idsIn: (received) => streamsIn(received).flatMap(({ values }) => values.map(([, line]) => (JSON.parse(line) as { id: string }).id)),
    eventBytes: 256_000,
    create: (options: object) => loki({ url: 'http://localhost:3100', ...options }),
    invalid: { labels: { 'service-name': 'shop' }, user: 1 },
  });

  it('writes one stream, with a line for each event', async () => {
    const { requests } = await sendTo(preset, [vendorEvent('a'), vendorEvent('b')], [ok]);
    const [request] = requests;
    expect(request?.path).to.equal('/loki/api/v1/push');
    const [only, ...more] = request === undefined ? [] : streamsIn(request);
    expect([only?.stream, more]).to.deep.equal([{ service_name: 'shop' }, []]);
    const [time, line] = only?.values[0] ?? [];
    expect(time).to.equal('1700000000000000000');
    expect(JSON.parse(line ?? '')).to.deep.include({
      id: idOf('a'),
      type: 'checkout_completed',
      level: 'info',
      session_id: 'session',
      user_id: 'user-1',
      anonymous_id: 'anon-1',
      weight: 1,
      data: { total: 12.5 },
    });
  });
});
