import { expect } from 'chai';
import { mixpanel } from '../../lib/vendors/mixpanel.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { describeVendor } from '../support/describe-vendor.js';
import { idOf, sendTo, vendorEvent } from '../support/vendor-stub.js';

describe('mixpanel', () => {
  const preset = (url: string, user?: UserOf) => mixpanel({ token: 'token', url, user });
  const ok = { status: 200, body: { code: 200, num_records_imported: 3, status: 'OK' } };

  describeVendor({
    preset,
    ok,
    fates: {
      'a wrong token': { answers: [{ status: 401 }], failed: 'rejected HTTP_401' },
      'a 400 about the request': {
        answers: [{ status: 400, body: { code: 400, error: 'some data points failed' } }],
        failed: 'rejected HTTP_400',
      },
      'a 400 of a proxy': { answers: [{ status: 400, body: '<html>' }], failed: 'rejected HTTP_400' },
      'records that the request does not have': {
        answers: [{ status: 400, body: { failed_records: [{ index: 7 }, { index: '1' }] } }],
        failed: 'rejected HTTP_400',
      },
      'too many requests': { answers: [{ status: 429 }, ok] },
      'an outage': { answers: [{ status: 502 }, ok] },
    },
    halves: [413],
    idsIn: ({ body }) => (JSON.parse(body) as { properties: { $insert_id: string } }[]).map(({ properties }) => properties.$insert_id),
    eventBytes: 1_000_000,
    create: (options: object) => mixpanel({ token: 'token', ...options }),
    invalid: { token: '', user: 1 },
  });

  it('fails only the `failed_records`, which are not sent again', async () => {
    const failedRecords = [{ index: 1, insert_id: idOf('b'), field: 'properties.time', message: 'is invalid' }];
    const answer = { status: 400, body: { code: 400, failed_records: failedRecords, num_records_imported: 2, status: 'Bad Request' } };
    const { delivered, failed, requests } = await sendTo(
      preset,
      ['a', 'b', 'c'].map((letter) => vendorEvent(letter)),
      [answer],
    );
    expect([delivered, failed]).to.deep.equal([[idOf('a'), idOf('c')], { [idOf('b')]: 'rejected PARTLY_REJECTED' }]);
    expect(requests.map(({ path }) => path)).to.deep.equal(['/import?strict=1']);
  });
});
