import { expect } from 'chai';
import { clickHouse } from '../../lib/vendors/click-house.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { describeVendor } from '../support/describe-vendor.js';
import type { Received } from '../support/loopback-server.js';
import { idOf, sendTo, vendorEvent } from '../support/vendor-stub.js';

describe('clickHouse', () => {
  const preset = (url: string, user?: UserOf) => clickHouse({ url, table: 'shop.events', user });
  const exception = (status: number, code: number) => ({
    status,
    headers: { 'x-clickhouse-exception-code': String(code) },
    body: `Code: ${String(code)}. DB::Exception: …`,
  });
  const ok = { status: 200 };

  const idsIn = ({ body }: Received): string[] =>
    body
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);

  describeVendor({
    preset,
    ok,
    fates: {
      'an unknown table': { answers: [exception(404, 60)], failed: 'rejected HTTP_404' },
      'a wrong password': { answers: [exception(403, 516)], failed: 'rejected HTTP_403' },
      'a value that it cannot parse': { answers: [exception(400, 27)], failed: 'rejected CLICKHOUSE_27' },
      'such a value for an old server': {
        answers: [{ status: 500, body: 'Code: 27, e.displayText() = DB::Exception: Cannot parse input' }],
        failed: 'rejected CLICKHOUSE_27',
      },
      'a text that is no element of an enum': { answers: [exception(500, 691)], failed: 'rejected CLICKHOUSE_691' },
      'a number that does not fit into a decimal': { answers: [exception(500, 407)], failed: 'rejected CLICKHOUSE_407' },
    },
    halves: [400, 413],
    idsIn,
    create: (options: object) => clickHouse({ url: 'http://localhost:8123', ...options }),
    invalid: { table: 'events; DROP TABLE x', username: 1, password: 1, user: 1 },
  });

  for (const [name, answer] of Object.entries({
    'too many parts': exception(500, 252),
    'too many queries at once': exception(500, 202),
    'a query that takes too long': exception(408, 159),
    'an exception whose code only begins like one about a value': exception(500, 279),
    'a page about an exception about a value': { status: 502, body: '<html>Code: 27. DB::Exception' },
    'an outage behind a proxy': { status: 502, body: '<html>' },
  }))
    it(`sends the whole batch again after ${name}`, async () => {
      const { delivered, requests } = await sendTo(preset, [vendorEvent('a'), vendorEvent('b')], [answer, ok]);
      const ids = [idOf('a'), idOf('b')];
      expect([delivered, requests.map(idsIn)]).to.deep.equal([ids, [ids, ids]]);
    });

  it('inserts rows, and logs in by headers', async () => {
    const { requests } = await sendTo(
      (url) => clickHouse({ url: `${url}/?async_insert=1`, username: 'writer', password: 'secret' }),
      [vendorEvent('a')],
      [ok],
    );
    const [request] = requests;
    expect([request?.headers['x-clickhouse-user'], request?.headers['x-clickhouse-key']]).to.deep.equal(['writer', 'secret']);
    expect(Object.fromEntries(new URLSearchParams(request?.path.slice(2)))).to.deep.equal({
      async_insert: '1',
      query: 'INSERT INTO events FORMAT JSONEachRow',
      input_format_skip_unknown_fields: '1',
    });
    const { metadata, ...row } = JSON.parse(request?.body ?? '') as Readonly<Record<string, unknown>>;
    expect(row).to.deep.equal({
      id: idOf('a'),
      type: 'checkout_completed',
      category: 'business',
      priority: 'normal',
      timestamp: '2023-11-14 22:13:20.000',
      session_id: 'session',
      user_id: 'user-1',
      anonymous_id: 'anon-1',
      weight: 1,
      data: '{"total":12.5}',
    });
    expect(JSON.parse(String(metadata))).to.include({ appVersion: '1.2.0' });
  });

  it('does not show the password', () => {
    expect(() => clickHouse({ url: 'http://localhost:8123', password: 7 as never })).to.throw(TypeError, /got a number$/);
  });
});
