import { expect } from 'chai';
import { ingestHandler, type CorsOptions } from '../../lib/ingest/index.js';
import { testCollector } from '../../lib/testing/index.js';
import { answerOf, ask } from './asked.js';

describe('cors', () => {
  const SHOP = 'https://shop.example';
  const OTHER = 'https://other.example';

  const endpoint = (cors?: CorsOptions) => ingestHandler({ collector: testCollector().collector, cors, authorize: () => true });

  const preflight = async (cors: CorsOptions | undefined, origin: string, requested = 'content-type, x-api-key') => {
    const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': requested };
    return answerOf(await endpoint(cors)(new Request('https://events.example/', { method: 'OPTIONS', headers })));
  };

  it('answers a preflight without checking the key', async () => {
    const { status, headers, text } = await preflight({ origins: [SHOP], credentials: true }, SHOP);
    expect([status, text]).to.deep.equal([204, '']);
    expect(Object.fromEntries(headers)).to.deep.equal({
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, x-api-key',
      'access-control-expose-headers': 'Retry-After',
      'access-control-max-age': '7200',
      vary: 'Origin',
    });
  });

  it('refuses events of other origins, and sends them no CORS headers', async () => {
    const cors = { origins: [SHOP] };
    expect((await preflight(cors, OTHER)).headers.has('access-control-allow-origin')).to.equal(false);
    const { status, error, headers } = await ask(endpoint(cors), [{ type: 'a' }], { origin: OTHER });
    expect([status, error.code, headers.get('vary')]).to.deep.equal([403, 'ORIGIN_NOT_ALLOWED', 'Origin']);
    expect(headers.has('access-control-allow-origin')).to.equal(false);
  });

  it('sends CORS headers with every answer, including refusals', async () => {
    const { status, headers } = await ask(endpoint({ origins: (origin) => origin === SHOP }), 'oops', { origin: SHOP });
    expect([status, headers.get('access-control-allow-origin')]).to.deep.equal([400, SHOP]);
    expect(headers.get('access-control-expose-headers')).to.equal('Retry-After');
  });

  it('accepts events of its own origin, and requests without an origin', async () => {
    expect((await ask(endpoint({ origins: [] }), [], { origin: 'https://events.example' })).status).to.equal(202);
    expect((await ask(endpoint({ origins: [] }), [])).status).to.equal(202);
  });

  it('can allow all origins', async () => {
    const { headers } = await ask(endpoint({ origins: '*' }), [], { origin: OTHER });
    expect(headers.get('access-control-allow-origin')).to.equal('*');
    expect(headers.has('vary')).to.equal(false);
  });

  it('is off by default', async () => {
    expect((await preflight(undefined, SHOP)).status).to.equal(405);
    expect([...(await ask(endpoint(), [], { origin: SHOP })).headers.keys()]).to.deep.equal(['cache-control', 'content-type']);
  });

  it('does not return invalid header names', async () => {
    for (const requested of ['a: b', 'x'.repeat(2_000), '<script>', 'ä']) {
      expect((await preflight({ origins: '*' }, SHOP, requested)).headers.get('access-control-allow-headers')).to.equal('');
    }
  });

  it('fails closed when the function throws', async () => {
    const origins = () => {
      throw new Error('no');
    };
    const { status, headers } = await ask(endpoint({ origins }), [{ type: 'a' }], { origin: SHOP });
    expect([status, headers.has('access-control-allow-origin')]).to.deep.equal([500, false]);
  });

  it('awaits a predicate once per request, and allows only `true`', async () => {
    for (const [answer, status] of [
      [true, 202],
      [false, 403],
      ['yes', 403],
      [1, 403],
      [{}, 403],
      [undefined, 403],
    ] as const)
      for (const value of [answer, Promise.resolve(answer)]) {
        let asked = 0;
        const origins = () => {
          asked += 1;
          return value as boolean;
        };
        const given = await ask(endpoint({ origins, credentials: true }), [], { origin: OTHER });
        expect([given.status, given.headers.get('access-control-allow-origin')], JSON.stringify(answer)).to.deep.equal([
          status,
          answer === true ? OTHER : null,
        ]);
        expect(given.headers.has('access-control-allow-credentials')).to.equal(answer === true);
        expect(asked).to.equal(1);
        const { headers } = await preflight({ origins, credentials: true }, OTHER);
        expect(headers.has('access-control-allow-origin')).to.equal(answer === true);
      }
  });

  it('fails closed when the predicate rejects', async () => {
    const origins = () => Promise.reject<boolean>(new Error('no'));
    const { status, headers } = await ask(endpoint({ origins }), [{ type: 'a' }], { origin: SHOP });
    expect([status, headers.has('access-control-allow-origin')]).to.deep.equal([500, false]);
  });

  it('copies its list', async () => {
    const origins = [SHOP];
    const handler = endpoint({ origins });
    origins.push(OTHER);
    expect((await ask(handler, [], { origin: OTHER })).status).to.equal(403);
  });

  it('explains a refusal', async () => {
    const { error } = await ask(endpoint({ origins: [SHOP] }), [], { origin: OTHER });
    expect(error).to.deep.equal({ code: 'ORIGIN_NOT_ALLOWED', message: 'Pages of this origin may not send events here' });
  });

  it('recognises its own origin behind a proxy that terminates TLS', async () => {
    const { collector } = testCollector();
    const handler = ingestHandler({ collector, cors: { origins: ['https://other.example'] } });
    const from = async (origin: string) => (await ask(handler, [], { origin }, 'http://shop.example/events')).status;
    expect(await from('https://shop.example')).to.equal(202);
    expect(await from('http://shop.example')).to.equal(202);
    expect(await from('https://shop.example.org')).to.equal(403);
    expect(await from('null')).to.equal(403);
  });
});
