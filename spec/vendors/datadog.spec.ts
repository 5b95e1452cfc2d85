import { expect } from 'chai';
import { datadog } from '../../lib/vendors/datadog.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { describeVendor } from '../support/describe-vendor.js';
import { idOf, sendTo, vendorEvent } from '../support/vendor-stub.js';

describe('datadog', () => {
  const preset = (url: string, user?: UserOf) => datadog({ apiKey: 'key', service: 'shop', tags: 'env:test', url, user });
  const ok = { status: 202, body: {} };

  describeVendor({
    preset,
    ok,
    fates: {
      'a wrong key': { answers: [{ status: 403, body: { errors: [{ status: '403', title: 'Forbidden' }] } }], failed: 'rejected HTTP_403' },
      'a timeout of the intake': { answers: [{ status: 408 }, ok] },
      'too many requests': { answers: [{ status: 429 }, ok] },
      'an outage': { answers: [{ status: 500 }, ok] },
    },
    halves: [400, 413],
    idsIn: ({ body }) => (JSON.parse(body) as { evt: { id: string } }[]).map(({ evt }) => evt.id),
    eventBytes: 1_000_000,
    create: (options: object) => datadog({ apiKey: 'key', ...options }),
    invalid: { apiKey: '', service: '', tags: 1, user: 1 },
  });

  it('writes logs, with the severity of error events', async () => {
    const error = vendorEvent('b', { type: 'error_occurred', category: 'error', data: { severity: 'critical' } });
    const { requests } = await sendTo(preset, [vendorEvent('a'), error], [ok]);
    const [request] = requests;
    expect([request?.path, request?.headers['dd-api-key']]).to.deep.equal(['/api/v2/logs', 'key']);
    const logs = JSON.parse(request?.body ?? '') as Readonly<Record<string, unknown>>[];
    expect(logs[0]).to.deep.include({
      ddsource: 'rx-event-collector',
      ddtags: 'env:test',
      service: 'shop',
      message: 'checkout_completed',
      status: 'info',
      timestamp: 1_700_000_000_000,
      evt: { id: idOf('a'), name: 'checkout_completed', category: 'business', priority: 'normal', weight: 1 },
      usr: { id: 'user-1', anonymous_id: 'anon-1' },
      session_id: 'session',
      data: { total: 12.5 },
    });
    expect(logs[1]).to.include({ status: 'critical' });
  });
});
