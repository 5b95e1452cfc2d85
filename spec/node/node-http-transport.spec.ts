import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { Agent } from 'node:http';
import type { HttpTransport } from '../../lib/http/transport.js';
import { nodeHttpTransport } from '../../lib/node/node-http-transport.js';
import { describeTransport, reasonOf } from '../support/describe-transport.js';
import { LoopbackServer } from '../support/loopback-server.js';

describe('nodeHttpTransport', () => {
  describeTransport('nodeHttpTransport', () => nodeHttpTransport());

  const { signal } = new AbortController();
  const post = async (send: HttpTransport, url: string): Promise<string> =>
    (await send({ url, method: 'POST', headers: {}, body: '{}', signal })).text();

  it('uses the given agent, and leaves it open', async () => {
    const server = await LoopbackServer.start();
    const agent = new Agent({ keepAlive: true });
    const send = nodeHttpTransport({ agent });
    await post(send, server.url);
    send.close?.();
    await post(send, server.url);
    expect(server.connections).to.equal(1);
    agent.destroy();
    await server.stop();
  });

  it('closes its idle connections, and can be used afterwards', async () => {
    const server = await LoopbackServer.start();
    const send = nodeHttpTransport();
    await post(send, server.url);
    send.close?.();
    await post(send, server.url);
    expect(server.connections).to.equal(2);
    send.close?.();
    await server.stop();
  });

  it('uses TLS for https:', async () => {
    const server = await LoopbackServer.start();
    // This server doesn't: that is what the client complains about.
    const reason = await reasonOf(post(nodeHttpTransport(), server.url.replace('http:', 'https:')));
    expect((reason as { readonly code?: unknown }).code).to.be.oneOf(['ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO']);
    await server.stop();
  });

  it('leaves no listener on the signal', async () => {
    const server = await LoopbackServer.start();
    const send = nodeHttpTransport();
    const { signal: own } = new AbortController();
    await (await send({ url: server.url, method: 'POST', headers: {}, body: '{}', signal: own })).text();
    expect(getEventListeners(own, 'abort')).to.deep.equal([]);
    send.close?.();
    await server.stop();
  });

  it('creates no Error for a good answer', async () => {
    const server = await LoopbackServer.start();
    const send = nodeHttpTransport();
    await post(send, server.url);
    const created: unknown[] = [];
    const RealError = globalThis.Error;
    globalThis.Error = class extends RealError {
      constructor(...args: ConstructorParameters<ErrorConstructor>) {
        super(...args);
        created.push(args[0]);
      }
    } as unknown as ErrorConstructor;
    try {
      await post(send, server.url);
      await new Promise(setImmediate);
    } finally {
      globalThis.Error = RealError;
    }
    expect(created).to.deep.equal([]);
    send.close?.();
    await server.stop();
  });

  it('ends a request by `onAbort`, without reading the signal', async () => {
    const server = await LoopbackServer.start(() => {
      abort();
    });
    let abort = (): void => undefined;
    let reads = 0;
    const send = nodeHttpTransport();
    const reason = await reasonOf(
      send({
        url: server.url,
        method: 'POST',
        headers: {},
        body: '{}',
        get signal() {
          reads += 1;
          return AbortSignal.abort();
        },
        onAbort: (work) => {
          abort = () => {
            expect(reads).to.equal(0);
            work();
          };
        },
      }),
    );
    expect(reason).to.be.instanceOf(Error).with.property('message', 'The request was aborted');
    send.close?.();
    await server.stop();
  });

  it('throws for an invalid agent', () => {
    expect(() => nodeHttpTransport({ agents: {} } as object)).to.throw(TypeError, 'Unknown option `agents`. Did you mean `agent`?');
    expect(() => nodeHttpTransport(5 as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => nodeHttpTransport({ agent: {} as never })).to.throw(
      TypeError,
      'Expected `agent` to be an Agent of node:http or node:https',
    );
  });
});
