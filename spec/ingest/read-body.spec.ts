import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { resolveLimits, type IngestLimitsPatch } from '../../lib/ingest/ingest-limits.js';
import { readBody } from '../../lib/ingest/read-body.js';
import { Refusal } from '../../lib/ingest/refusal.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { gzipped } from './asked.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('readBody', () => {
  let clock: VirtualClock;

  beforeEach(() => {
    clock = new VirtualClock();
  });

  const requestOf = (body: BodyInit | null, headers: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Request =>
    new Request('https://events.example/', { method: 'POST', headers, body, duplex: 'half', ...(signal && { signal }) } as RequestInit);

  const read = async (request: Request, limits: IngestLimitsPatch = {}): Promise<string> =>
    new TextDecoder().decode(await readBody(request, resolveLimits(limits), clock));

  /** Code and status of the refusal. */
  async function refusalOf(request: Request, limits?: IngestLimitsPatch): Promise<string> {
    const error: unknown = await read(request, limits).then(
      (text) => `read ${text}`,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(Refusal);
    const { status, code, message } = error as Refusal;
    return `${String(status)} ${code}: ${message}`;
  }

  it('returns no bytes for a request without a body', async () => {
    expect(await read(requestOf(null))).to.equal('');
    expect(clock.delays).to.deep.equal([]);
  });

  it('recognises the names of gzip in any case, and those of no encoding', async () => {
    const packed = (await gzipped('text')) as Uint8Array<ArrayBuffer>;
    for (const encoding of ['gzip', 'GZIP', 'x-gzip', 'X-Gzip']) {
      expect(await read(requestOf(packed, { 'content-encoding': encoding })), encoding).to.equal('text');
    }
    for (const encoding of ['identity', 'Identity', '']) {
      expect(await read(requestOf('text', { 'content-encoding': encoding })), encoding).to.equal('text');
    }
  });

  it('refuses a list of encodings', async () => {
    const request = requestOf('text', { 'content-encoding': 'gzip, gzip' });
    expect(await refusalOf(request)).to.equal('415 UNSUPPORTED_ENCODING: Expected a body in gzip, or uncompressed');
  });

  it('does not touch a body whose headers show that it is refused', async () => {
    const headers = [{ 'content-encoding': 'br' }, { 'content-length': '5' }];
    for (const header of headers) {
      const request = requestOf('text', header);
      expect(await refusalOf(request, { bodyBytes: 4 })).to.match(/^41[35] /);
      expect([request.bodyUsed, request.body?.locked]).to.deep.equal([false, false]);
    }
  });

  it('accepts a body of exactly the allowed length, and none that is a byte longer', async () => {
    expect(await read(requestOf('text', { 'content-length': '4' }), { bodyBytes: 4 })).to.equal('text');
    expect(await refusalOf(requestOf('texts'), { bodyBytes: 4 })).to.equal('413 BODY_TOO_LARGE: Expected a body of at most 4 bytes');
  });

  it('limits the length after decompression, whether or not the body is compressed', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const packed = (await gzipped('x'.repeat(1_000))) as Uint8Array<ArrayBuffer>;
    expect(await read(requestOf(packed, headers), { bodyBytes: packed.length, inflatedBytes: 1_000 })).to.have.length(1_000);
    const refusal = '413 BODY_TOO_LARGE: Expected a body of at most 999 bytes';
    expect(await refusalOf(requestOf(packed, headers), { inflatedBytes: 999 })).to.equal(refusal);
    expect(await refusalOf(requestOf('x'.repeat(1_000)), { inflatedBytes: 999 })).to.equal(refusal);
    expect(await refusalOf(requestOf(packed, headers), { bodyBytes: packed.length - 1 })).to.match(/^413 /);
  });

  it('refuses a body that another reader has begun', async () => {
    const request = requestOf('text');
    request.body?.getReader();
    expect(await refusalOf(request)).to.match(/^500 BODY_ALREADY_READ: /);
  });

  it('sets one timer while it reads, and none with an infinite `readTimeoutMs`', async () => {
    const reading = read(requestOf('text'), { readTimeoutMs: 70 });
    expect([clock.delays, clock.timers]).to.deep.equal([[70], 1]);
    await reading;
    expect(clock.timers).to.equal(0);
    await read(requestOf('text'), { readTimeoutMs: Infinity });
    expect(clock.delays).to.deep.equal([70]);
  });

  it('leaves neither timer nor listener after a refusal', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.error(new Error('gone'));
      },
    });
    for (const body of [broken, 'too long']) {
      const request = requestOf(body);
      expect(await refusalOf(request, { bodyBytes: 7 })).to.match(/^4/);
      expect([clock.timers, getEventListeners(request.signal, 'abort').length]).to.deep.equal([0, 0]);
    }
  });

  it('refuses as too slow what has arrived in part, with the limit in the message', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytesOf('tex'));
      },
    });
    const refusal = refusalOf(requestOf(body), { readTimeoutMs: 70 });
    clock.pass(70);
    expect(await refusal).to.equal('408 TOO_SLOW: Expected the body within 70 ms');
  });

  it('refuses a request that was aborted, even if all of its body has arrived', async () => {
    const sender = new AbortController();
    const refusal = refusalOf(requestOf('text', {}, sender.signal));
    sender.abort();
    expect(await refusal).to.equal('400 BODY_UNREADABLE: Expected a complete body');
  });
});
