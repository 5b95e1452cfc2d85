import { expect } from 'chai';
import { snowplow } from '../../lib/vendors/snowplow.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { describeVendor } from '../support/describe-vendor.js';
import type { Received } from '../support/loopback-server.js';
import { sendTo, vendorEvent } from '../support/vendor-stub.js';

describe('snowplow', () => {
  const preset = (url: string, user?: UserOf) => snowplow({ url, schema: 'org.example', appId: 'shop', user });
  const ok = { status: 200, body: 'ok' };
  const payloadsIn = ({ body }: Received) => (JSON.parse(body) as { data: Record<string, string>[] }).data;

  describeVendor({
    preset,
    ok,
    fates: {
      'a collector that answers 410': { answers: [{ status: 410 }], failed: 'rejected HTTP_410' },
      'too many requests': { answers: [{ status: 429 }, ok] },
      'an outage': { answers: [{ status: 503 }, ok] },
    },
    halves: [400, 413],
    idsIn: (received) => payloadsIn(received).map(({ eid }) => eid ?? ''),
    create: (options: object) => snowplow({ url: 'http://localhost', schema: 'org.example', ...options }),
    invalid: { schema: 1, appId: '', user: 1 },
  });

  it('states the time of sending for each event at each attempt, regardless of its data', async () => {
    const text = '{"stm":"","x":"{\\"stm\\":\\"\\",';
    const { requests } = await sendTo(preset, [vendorEvent('a', { data: { text } }), vendorEvent('b')], [{ status: 503 }, ok]);
    const payloads = requests.flatMap(payloadsIn);
    expect(payloads).to.have.length(4);
    for (const { stm } of payloads) expect(Number(stm)).to.be.above(1_700_000_000_000);
    expect(JSON.parse(payloads[0]?.ue_pr ?? '')).to.have.nested.property('data.data.text', text);
  });

  it('accepts a function for the schema', async () => {
    const schema = (type: string): string => `iglu:org.example/${type}/jsonschema/2-0-1`;
    const { requests } = await sendTo((url) => snowplow({ url, schema }), [vendorEvent('a')], [ok]);
    expect(requests[0]?.body).to.contain('iglu:org.example/checkout_completed/jsonschema/2-0-1');
  });
});
