import { expect } from 'chai';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { MAX_ANSWER_BYTES, MAX_DISCARDED_BYTES, type HttpRequest, type HttpTransport } from '../../lib/http/transport.js';
import { LoopbackServer, type Answer } from './loopback-server.js';

/** Declares the tests that every transport passes, against a real server. */
export function describeTransport(name: string, make: () => HttpTransport): void {
  describe(`${name}, as every transport`, () => {
    let server: LoopbackServer;
    let send: HttpTransport;

    beforeEach(() => {
      send = make();
    });

    afterEach(async () => {
      send.close?.();
      await server.stop();
    });

    const serve = async (answer: Answer): Promise<void> => {
      server = await LoopbackServer.start(answer);
    };
    const post = (request: Partial<HttpRequest> = {}): ReturnType<HttpTransport> =>
      send({ url: server.url, method: 'POST', headers: {}, body: '{}', signal: new AbortController().signal, ...request });

    it('sends headers, and a text as UTF-8, and returns status, headers and body', async () => {
      await serve((_received, response) => response.writeHead(207, { 'x-answer': 'yes' }).end('ünï 😀'));
      const answer = await post({ url: `${server.url}?key=1&x=%20`, headers: { 'x-own': 'a b' }, body: '{"n":"ü😀"}' });
      expect([answer.status, answer.header('x-answer'), answer.header('x-none')]).to.deep.equal([207, 'yes', undefined]);
      expect(await answer.text()).to.equal('ünï 😀');
      const [{ path, body, headers } = expect.fail('nothing arrived')] = server.requests;
      expect([path, body, headers['x-own']]).to.deep.equal(['/events?key=1&x=%20', '{"n":"ü😀"}', 'a b']);
      expect(headers['content-length']).to.equal('14');
    });

    it('returns a header by name, regardless of case', async () => {
      await serve((_received, response) => response.writeHead(200, { 'X-Answer': 'yes' }).end());
      const answer = await post();
      answer.discard();
      expect(['x-answer', 'X-Answer', 'X-ANSWER'].map((name) => answer.header(name))).to.deep.equal(['yes', 'yes', 'yes']);
    });

    it('sends bytes unchanged', async () => {
      await serve((_received, response) => response.end());
      (await post({ body: new Uint8Array([123, 0x5f, 125]).subarray(1) })).discard();
      expect(server.requests[0]?.body).to.equal('_}');
    });

    for (const size of [0, 10, MAX_DISCARDED_BYTES / 2]) {
      it(`uses one connection again and again, with an unread answer of ${String(size)} bytes`, async () => {
        await serve((_received, response) => response.end('x'.repeat(size)));
        for (let n = 0; n < 5; n += 1) {
          (await post()).discard();
          await settled();
        }
        expect(server.connections).to.equal(1);
      });
    }

    it('disconnects from an endless answer that is not read', async () => {
      const answers: ServerResponse[] = [];
      await serve((_received, response) => {
        answers.push(response);
        response.writeHead(200);
        const more = (): void => void response.write('x'.repeat(10_000), more);
        more();
      });
      const answer = await post();
      answer.discard();
      if (answers[0]?.closed === false) await once(answers[0], 'close');
      answer.discard();
    });

    it('disconnects from an endless unread answer when it is closed', async () => {
      const answers: ServerResponse[] = [];
      await serve((_received, response) => {
        answers.push(response);
        response.writeHead(200, { 'content-length': 100 }).write('half');
      });
      (await post()).discard();
      await settled();
      expect(answers[0]?.closed).to.equal(false);
      send.close?.();
      if (answers[0]?.closed === false) await once(answers[0], 'close');
    });

    it('fails to read a too long answer', async () => {
      await serve((_received, response) => response.end('x'.repeat(MAX_ANSWER_BYTES + 1)));
      expect(await reasonOf(post().then((answer) => answer.text()))).to.be.an.instanceOf(Error);
    });

    it('reads an answer of the maximum length', async () => {
      await serve((_received, response) => response.end('x'.repeat(MAX_ANSWER_BYTES)));
      expect((await (await post()).text()).length).to.equal(MAX_ANSWER_BYTES);
    });

    it('follows no redirect', async () => {
      await serve((_received, response) => response.writeHead(307, { location: '/elsewhere' }).end());
      expect((await post()).status).to.be.oneOf([0, 307]);
      expect(server.requests).to.have.length(1);
    });

    it('rejects if no server listens', async () => {
      await serve((_received, response) => response.end());
      expect(await reasonOf(post({ url: 'http://127.0.0.1:1/' }))).to.be.an.instanceOf(Error);
    });

    it('rejects if the connection breaks before an answer', async () => {
      await serve((_received, response) => response.socket?.destroy());
      expect(await reasonOf(post())).to.be.an.instanceOf(Error);
    });

    it('rejects reading an answer that breaks off', async () => {
      await serve((_received, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => response.socket?.destroy());
      });
      const answer = await post();
      expect(answer.status).to.equal(200);
      expect(await reasonOf(answer.text())).to.be.an.instanceOf(Error);
    });

    describe('when its signal is aborted', () => {
      it('sends nothing if it was aborted before', async () => {
        await serve((_received, response) => response.end());
        expect(await reasonOf(post({ signal: AbortSignal.abort() }))).to.be.an.instanceOf(Error);
        // This request arrives after all earlier ones.
        await (await post()).text();
        expect(server.requests).to.have.length(1);
      });

      it('ends a request while its body is sent', async () => {
        await serve((_received, response) => response.end());
        const controller = new AbortController();
        const sent = post({ body: new Uint8Array(50_000_000), signal: controller.signal });
        setImmediate(() => {
          controller.abort();
        });
        expect(await reasonOf(sent)).to.be.an.instanceOf(Error);
        expect(server.requests).to.have.length(0);
      });

      it('ends the wait for an answer', async () => {
        const controller = new AbortController();
        await serve(() => {
          controller.abort();
        });
        expect(await reasonOf(post({ signal: controller.signal }))).to.be.an.instanceOf(Error);
      });

      it('ends the reading of an answer', async () => {
        const controller = new AbortController();
        await serve((_received, response) => void response.writeHead(200).write('half'));
        const text = post({ signal: controller.signal }).then((answer) => {
          const reading = answer.text();
          controller.abort();
          return reading;
        });
        expect(await reasonOf(text)).to.be.an.instanceOf(Error);
      });
    });
  });
}

export async function reasonOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

/** Resolves after received data was handled: the rest of an answer arrives with its head, or right after it. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}
