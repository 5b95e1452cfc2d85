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

  it('makes its connections through the agent that it was given, and leaves that alone', async () => {
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

  it('lets go of its idle connections at close, and can be used afterwards', async () => {
    const server = await LoopbackServer.start();
    const send = nodeHttpTransport();
    await post(send, server.url);
    send.close?.();
    await post(send, server.url);
    expect(server.connections).to.equal(2);
    send.close?.();
    await server.stop();
  });

  it('talks TLS where the URL says so', async () => {
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

  it('throws at the call for an agent that is none', () => {
    expect(() => nodeHttpTransport({ agents: {} } as object)).to.throw(TypeError, 'Expected `agents` to be left out');
    expect(() => nodeHttpTransport(5 as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => nodeHttpTransport({ agent: {} as never })).to.throw(
      TypeError,
      'Expected `agent` to be an Agent of node:http or node:https',
    );
  });
});
