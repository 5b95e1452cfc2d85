import { expect } from 'chai';
import { ga4 } from '../../lib/vendors/ga4.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import type { Received } from '../support/loopback-server.js';
import { idOf, sendTo, vendorEvent } from '../support/vendor-stub.js';

describe('ga4', () => {
  const preset = (url: string, user?: UserOf) => ga4({ measurementId: 'G-1', apiSecret: 'secret', url, user });
  const ok = { status: 204 };
  const bodyOf = ({ body }: Received) =>
    JSON.parse(body) as { client_id: string; user_id?: string; events: { name: string; params: Record<string, unknown> }[] };

  it('sends one request for each user, of up to 25 events', async () => {
    const events = Array.from({ length: 60 }, (_, index) =>
      vendorEvent('a', { id: String(index), metadata: { anonymousId: `client-${String(index % 3)}` } }),
    );
    const { delivered, requests } = await sendTo(preset, events, [ok]);
    expect(delivered).to.have.length(60);
    expect(requests.map((request) => [bodyOf(request).client_id, bodyOf(request).events.length])).to.deep.equal([
      ['client-0', 20],
      ['client-1', 20],
      ['client-2', 20],
    ]);
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).to.equal(3);
    expect(requests[0]?.path).to.equal('/mp/collect?measurement_id=G-1&api_secret=secret');
    const many = await sendTo(
      preset,
      events.map((event) => ({ ...event, metadata: {} })),
      [ok],
    );
    expect(many.requests.map((request) => bodyOf(request).events.length)).to.deep.equal([20, 20, 20]);
  });

  it('writes parameters, and the times of events', async () => {
    const { requests } = await sendTo(preset, [vendorEvent('a')], [ok]);
    expect(requests.map(bodyOf)).to.deep.equal([
      {
        client_id: 'anon-1',
        user_id: 'user-1',
        events: [
          {
            name: 'checkout_completed',
            timestamp_micros: 1_700_000_000_000_000,
            params: { engagement_time_msec: 1, total: 12.5 },
          },
        ],
      },
    ]);
  });

  for (const [sessionId, number] of [
    // The start of the session in milliseconds, of a UUID v7.
    ['018bcfe5-6800-7000-8000-000000000001', 1_700_000_000_000],
    // As gtag.js makes it.
    ['1699999999', 1_699_999_999],
    ['visit-7', undefined],
  ] as const)
    it(`sends the session '${sessionId}' as the whole number ${String(number)}`, async () => {
      const { requests } = await sendTo(preset, [vendorEvent('a', { sessionId, metadata: { anonymousId: 'anon-1' } })], [ok]);
      expect(requests.map((request) => bodyOf(request).events[0]?.params.session_id)).to.deep.equal([number]);
    });

  it('refuses events that Google would drop silently, and those without a user', async () => {
    const { delivered, failed } = await sendTo(
      (url) =>
        preset(url, ({ id }) => {
          if (id === idOf('c')) throw new Error('no user');
          return undefined;
        }),
      [vendorEvent('a', { type: 'order-completed' }), vendorEvent('b'), vendorEvent('c')],
      [ok],
    );
    expect(delivered).to.deep.equal([idOf('b')]);
    expect(failed).to.deep.equal({ [idOf('a')]: 'rejected NOT_ENCODABLE', [idOf('c')]: 'rejected NOT_ENCODABLE' });
  });

  it('sends only the events of the failed request again', async () => {
    const events = ['a', 'b'].map((letter) => vendorEvent(letter, { metadata: { anonymousId: letter } }));
    const { delivered, requests } = await sendTo(preset, events, [ok, { status: 503 }, ok]);
    expect(delivered).to.have.members([idOf('a'), idOf('b')]);
    expect(requests.map((request) => bodyOf(request).client_id)).to.deep.equal(['a', 'b', 'b']);
  });

  for (const [option, value] of Object.entries({ measurementId: '', apiSecret: 1, user: 1 }))
    it(`throws for an invalid \`${option}\``, () => {
      const options = { measurementId: 'G-1', apiSecret: 'secret', [option]: value } as Parameters<typeof ga4>[0];
      expect(() => ga4(options)).to.throw(TypeError, `Expected \`${option}\` to be `);
    });
});
