import { expect } from 'chai';
import { postHog } from '../../lib/vendors/post-hog.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { describeVendor } from '../support/describe-vendor.js';
import { identified, sendTo, vendorEvent } from '../support/vendor-stub.js';

describe('postHog', () => {
  const preset = (url: string, user?: UserOf) => postHog({ apiKey: 'phc_key', url, user });

  describeVendor({
    preset,
    ok: { status: 200, body: { status: 1 } },
    fates: {
      'a quota that is used up': {
        answers: [{ status: 200, body: { status: 1, quota_limited: ['events'] } }],
        failed: 'rejected OVER_QUOTA',
      },
      'the quota of another product that is used up': { answers: [{ status: 200, body: { status: 1, quota_limited: ['recordings'] } }] },
      'a 200 without JSON': { answers: [{ status: 200, body: 'Ok' }] },
      'a wrong key': { answers: [{ status: 401 }], failed: 'rejected HTTP_401' },
      'too many requests': { answers: [{ status: 429 }, { status: 200, body: { status: 'Ok' } }] },
      'an outage': { answers: [{ status: 503 }, { status: 200, body: { status: 1 } }] },
    },
    halves: [400, 413],
    idsIn: ({ body }) => (JSON.parse(body) as { batch: { uuid: string }[] }).batch.map(({ uuid }) => uuid),
    eventBytes: 1_000_000,
    create: (options: object) => postHog({ apiKey: 'key', ...options }),
    invalid: { apiKey: '', user: 'id' },
  });

  it('keeps events without a user anonymous', async () => {
    const { requests } = await sendTo(
      preset,
      [vendorEvent('a', { metadata: { anonymousId: 'anon-1' } }), vendorEvent('b', { metadata: {} })],
      [{ status: 200, body: { status: 1 } }],
    );
    const { batch } = JSON.parse(requests[0]?.body ?? '') as { batch: { distinct_id: string; properties: Record<string, unknown> }[] };
    expect(batch.map(({ distinct_id: id, properties }) => [id, properties.$process_person_profile])).to.deep.equal([
      ['anon-1', false],
      ['session', false],
    ]);
  });

  it('leaves out an id that is no UUID, for which PostHog would refuse the whole request', async () => {
    const { requests } = await sendTo(preset, [vendorEvent('a', { id: 'order-1' })], [{ status: 200, body: { status: 1 } }]);
    expect(JSON.parse(requests[0]?.body ?? ''))
      .to.have.property('batch')
      .that.has.lengthOf(1);
    expect(requests[0]?.body).not.to.contain('"uuid"');
  });

  it('identifies the user after `identify` of a visitor, with traits as person properties', async () => {
    const { requests } = await sendTo(preset, [identified('a', { plan: 'pro' })], [{ status: 200, body: { status: 1 } }]);
    const { batch } = JSON.parse(requests[0]?.body ?? '') as { batch: { properties: Record<string, unknown> }[] };
    expect(batch[0]).to.include({ event: '$identify', distinct_id: 'user-1' });
    expect(batch[0]?.properties).to.deep.include({ $anon_distinct_id: 'anon-1', $set: { plan: 'pro' } });
    expect(batch[0]?.properties).not.to.have.any.keys('traits', '$process_person_profile');
  });
});
