import { expect } from 'chai';
import { segment } from '../../lib/vendors/segment.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { describeVendor } from '../support/describe-vendor.js';
import { idOf, identified, sendTo, vendorEvent } from '../support/vendor-stub.js';

describe('segment', () => {
  const preset = (url: string, user?: UserOf) => segment({ writeKey: 'key', url, user });
  const ok = { status: 200, body: { success: true } };

  describeVendor({
    preset,
    ok,
    fates: {
      'a wrong key': { answers: [{ status: 401 }], failed: 'rejected HTTP_401' },
      'too many requests': { answers: [{ status: 429, headers: { 'retry-after': '0' } }, ok] },
      'an outage': { answers: [{ status: 502 }, ok] },
    },
    halves: [400, 413],
    idsIn: ({ body }) => (JSON.parse(body) as { batch: { messageId: string }[] }).batch.map(({ messageId }) => messageId),
    eventBytes: 32_000,
    create: (options: object) => segment({ writeKey: 'key', ...options }),
    invalid: { writeKey: undefined, user: {} },
  });

  it('keeps to 500 kB and 2,500 events a request', async () => {
    const events = Array.from({ length: 40 }, (_, index) => vendorEvent('a', { id: String(index), data: { text: 'x'.repeat(30_000) } }));
    const { delivered, requests } = await sendTo(preset, events, [ok]);
    expect(delivered).to.have.length(40);
    expect(requests.map(({ bytes }) => bytes <= 500_000)).to.deep.equal([true, true, true]);
    expect(preset('https://example.org').maxBodyEvents).to.equal(2_500);
  });

  it('puts the API of RudderStack and Jitsu below their URL', () => {
    expect(segment({ writeKey: 'key', url: 'https://shop.dataplane.rudderstack.com/' }).url).to.equal(
      'https://shop.dataplane.rudderstack.com/v1/batch',
    );
    expect(segment({ writeKey: 'key' }).url).to.equal('https://api.segment.io/v1/batch');
  });

  it('states the time of sending at each attempt', async () => {
    const { requests } = await sendTo(preset, [vendorEvent('a')], [{ status: 503 }, ok]);
    const sentAt = requests.map(({ body }) => Date.parse((JSON.parse(body) as { sentAt: string }).sentAt));
    expect(sentAt).to.have.length(2);
    expect(sentAt[1]).to.be.at.least(sentAt[0] ?? NaN);
  });

  it('identifies the user after `identify` of a visitor, with traits', async () => {
    const { requests } = await sendTo(preset, [identified('a', { plan: 'pro' }), identified('b', 'none')], [ok]);
    const { batch } = JSON.parse(requests[0]?.body ?? '') as { batch: Record<string, unknown>[] };
    expect(batch.map(({ timestamp, context, ...call }) => call)).to.deep.equal([
      { type: 'identify', messageId: idOf('a'), userId: 'user-1', anonymousId: 'anon-1', traits: { plan: 'pro' } },
      { type: 'identify', messageId: idOf('b'), userId: 'user-1', anonymousId: 'anon-1', traits: {} },
    ]);
  });

  it('tracks such an event if it has no user', async () => {
    const { requests } = await sendTo(preset, [identified('a', { plan: 'pro' }, { anonymousId: 'anon-1' })], [ok]);
    expect(JSON.parse(requests[0]?.body ?? '')).to.have.nested.include({ 'batch[0].type': 'track', 'batch[0].event': 'user_identified' });
  });
});
