import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import { httpSink } from '../../lib/http/http-sink.js';
import { amplitude } from '../../lib/vendors/amplitude.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { attempt } from '../support/attempt.js';
import { describeVendor } from '../support/describe-vendor.js';
import { identified, idOf, sendTo, vendorEvent } from '../support/vendor-stub.js';

describe('amplitude', () => {
  const preset = (url: string, user?: UserOf) => amplitude({ apiKey: 'key', url, user });
  const ok = { status: 200, body: { code: 200, events_ingested: 3 } };
  const three = ['a', 'b', 'c'].map((letter) => vendorEvent(letter));
  const idsIn = ({ body }: { readonly body: string }): string[] =>
    (JSON.parse(body) as { events: { insert_id: string }[] }).events.map(({ insert_id: id }) => id);

  describeVendor({
    preset,
    ok,
    fates: {
      'a wrong key': { answers: [{ status: 400, body: { code: 400, error: 'Invalid API key: key' } }], failed: 'rejected HTTP_400' },
      'positions that the request does not have': {
        answers: [{ status: 400, body: { silenced_events: [7, 'x'] } }],
        failed: 'rejected HTTP_400',
      },
      'an outage': { answers: [{ status: 503 }, ok] },
      'a 429 of a proxy': { answers: [{ status: 429, body: '<html>' }, ok] },
      'a 400 of a proxy': { answers: [{ status: 400, body: '<html>' }], failed: 'rejected HTTP_400' },
    },
    halves: [413],
    idsIn,
    create: (options: object) => amplitude({ apiKey: 'key', ...options }),
    invalid: { apiKey: '', user: 1 },
  });

  for (const [field, positions] of Object.entries({
    events_with_invalid_fields: { time: [1] },
    events_with_missing_fields: { event_type: [1], device_id: [1] },
    silenced_events: [1],
  }))
    it(`refuses the events of \`${field}\`, and sends the others again`, async () => {
      const report = { status: 400, body: { code: 400, error: 'Request missing required field', [field]: positions } };
      const { delivered, failed, requests } = await sendTo(preset, three, [report, ok]);
      expect([delivered, failed]).to.deep.equal([[idOf('a'), idOf('c')], { [idOf('b')]: 'rejected HTTP_400' }]);
      expect(requests.map(idsIn)).to.deep.equal([three.map(({ id }) => id), [idOf('a'), idOf('c')]]);
    });

  it('sends the events of other fields again', async () => {
    const report = { status: 400, body: { code: 400, missing_field: null, throttled_events: [0], silenced_events: [1] } };
    const { delivered, failed } = await sendTo(preset, three, [report, ok]);
    expect([delivered, failed]).to.deep.equal([[idOf('a'), idOf('c')], { [idOf('b')]: 'rejected HTTP_400' }]);
  });

  it('asks for a pause of 30 s after 429, and refuses only the events of users and devices without quota', async () => {
    const events = [
      vendorEvent('a'),
      vendorEvent('b', { metadata: { userId: 'user-2', anonymousId: 'anon-2' } }),
      vendorEvent('c', { metadata: { userId: 'user-3', anonymousId: 'anon-3' } }),
    ];
    const report = {
      code: 429,
      throttled_events: [0, 1],
      exceeded_daily_quota_users: { 'user-2': 1 },
      exceeded_daily_quota_devices: { 'anon-3': 1 },
    };
    const answer = {
      status: 429,
      header: () => undefined,
      discard: () => undefined,
      text: () => Promise.resolve(JSON.stringify(report)),
    };
    const sink = httpSink({ ...preset('https://example.org'), transport: () => Promise.resolve(answer) });
    expect(await attempt(sink, createBatch(events, 1))).to.deep.include({
      kind: 'unavailable',
      code: 'HTTP_429',
      retryAfterMs: 30_000,
      failed: undefined,
      rejected: events.slice(1),
    });
  });

  it('sets user properties after `identify` of a visitor', async () => {
    const { requests } = await sendTo(preset, [identified('a', { plan: 'pro' }), vendorEvent('b')], [ok]);
    const { events } = JSON.parse(requests[0]?.body ?? '') as { events: { event_properties: object }[] };
    expect(events[0]).to.deep.include({ event_type: '$identify', user_id: 'user-1', user_properties: { $set: { plan: 'pro' } } });
    expect(events[0]?.event_properties).not.to.have.property('traits');
    expect(events[1]).to.include({ event_type: 'checkout_completed' }).and.not.to.have.property('user_properties');
  });
});
