import { expect } from 'chai';
import { elasticsearch } from '../../lib/vendors/elasticsearch.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { describeVendor } from '../support/describe-vendor.js';
import type { Received } from '../support/loopback-server.js';
import { idOf, sendTo, vendorEvent, type StubAnswer } from '../support/vendor-stub.js';

describe('elasticsearch', () => {
  const preset = (url: string, user?: UserOf) => elasticsearch({ url, index: 'logs-shop-default', user });
  const idsIn = ({ body }: Received): string[] =>
    body
      .trimEnd()
      .split('\n')
      .filter((_, index) => index % 2 === 0)
      .map((line) => (JSON.parse(line) as { create: { _id: string } }).create._id);
  /** An item for each event, as the server returns them, with status 201 by default. */
  const bulk =
    (statuses: Readonly<Record<string, number>> = {}) =>
    (received: Received): StubAnswer => {
      const items = idsIn(received).map((id) => {
        const status = statuses[id] ?? 201;
        return {
          create: {
            _index: '.ds-logs-shop-default',
            _id: id,
            status,
            ...(status > 201 && { error: { type: 'some_exception', reason: 'no' } }),
          },
        };
      });
      return { status: 200, body: { took: 1, errors: items.some(({ create }) => create.status > 201), items } };
    };

  describeVendor({
    preset,
    ok: bulk(),
    fates: {
      'a first delivery whose answer was lost': { answers: [bulk({ [idOf('a')]: 409, [idOf('b')]: 409, [idOf('c')]: 409 })] },
      'a full queue': { answers: [{ status: 429 }, bulk()] },
      'no master': { answers: [{ status: 503 }, bulk()] },
      'a login that is missing': { answers: [{ status: 401 }], failed: 'rejected HTTP_401' },
      'an answer of something else': { answers: [{ status: 200, body: '<html>' }], failed: 'write_failed PARSE_RESPONSE_FAILED' },
      'an answer without statuses': {
        answers: [{ status: 200, body: { items: [{ create: {} }, { create: {} }, { create: {} }] } }, bulk()],
      },
      'an answer about other events': {
        answers: [{ status: 200, body: { errors: false, items: [] } }],
        failed: 'write_failed PARSE_RESPONSE_FAILED',
      },
    },
    halves: [400, 413],
    idsIn,
    create: (options: object) => elasticsearch({ url: 'http://localhost:9200', index: 'shop', ...options }),
    invalid: { index: 'Shop', apiKey: 1, user: null },
  });

  it('fails only the events that the mapping refuses', async () => {
    const three = ['a', 'b', 'c'].map((letter) => vendorEvent(letter));
    const { delivered, failed, requests } = await sendTo(preset, three, [bulk({ [idOf('b')]: 400 })]);
    expect(delivered).to.have.members([idOf('a'), idOf('c')]);
    expect(failed).to.deep.equal({ [idOf('b')]: 'rejected PARTLY_REJECTED' });
    expect(requests).to.have.length(1);
  });

  it('sends again only the events that were not accepted', async () => {
    const letters = ['a', 'b', 'c', 'd', 'e'];
    const first = bulk({ [idOf('a')]: 429, [idOf('b')]: 400, [idOf('d')]: 503, [idOf('e')]: 409 });
    const { delivered, failed, requests } = await sendTo(
      preset,
      letters.map((letter) => vendorEvent(letter)),
      [first, bulk()],
    );
    expect(requests.map(idsIn)).to.deep.equal([letters.map(idOf), [idOf('a'), idOf('d')]]);
    expect(delivered).to.have.members([idOf('a'), idOf('c'), idOf('d'), idOf('e')]);
    expect(failed).to.deep.equal({ [idOf('b')]: 'unavailable PARTLY_TAKEN' });
  });

  it('accepts any character in the name of an index that Elasticsearch accepts', () => {
    const urlOf = (index: string) => elasticsearch({ url: 'http://localhost:9200', index }).url;
    expect(urlOf('logs-größe$&')).to.equal('http://localhost:9200/logs-gr%C3%B6%C3%9Fe%24%26/_bulk');
  });

  it('writes a create and a document for each event', async () => {
    const { requests } = await sendTo((url) => elasticsearch({ url, index: 'shop', apiKey: 'a2V5' }), [vendorEvent('a')], [bulk()]);
    const [request] = requests;
    expect([request?.path, request?.headers.authorization, request?.headers['content-type']]).to.deep.equal([
      '/shop/_bulk',
      'ApiKey a2V5',
      'application/x-ndjson',
    ]);
    const [action, document, end] = (request?.body ?? '').split('\n');
    expect([JSON.parse(action ?? ''), end]).to.deep.equal([{ create: { _id: idOf('a') } }, '']);
    expect(JSON.parse(document ?? '')).to.deep.include({
      '@timestamp': '2023-11-14T22:13:20.000Z',
      event: { id: idOf('a'), type: 'checkout_completed', category: 'business', priority: 'normal', weight: 1 },
      session: { id: 'session' },
      user: { id: 'user-1', anonymous_id: 'anon-1' },
      data: { total: 12.5 },
    });
  });
});
