import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { createGzip } from 'node:zlib';
import { createBatch, createEvent } from '../../lib/index.js';
import { ingestHandler, type IngestOptions, type IngestReport } from '../../lib/ingest/index.js';
import { testCollector } from '../../lib/testing/index.js';
import { expectBalanced } from '../support/books.js';
import { dataFile } from '../support/data.js';
import { POLLUTING } from '../support/hostile.js';
import { answerOf, ask, gzipped, reportOf, type Answer } from './asked.js';

const TYPES = [
  'application/json',
  'application/x-ndjson',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'text/plain',
];

describe('hostile bodies', () => {
  /** Posts a body, and compares the answer with the collector's counts and the events at its sink. */
  async function answered(
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
    options: Partial<IngestOptions> = {},
  ): Promise<Answer> {
    const { collector, sink, shutdown } = testCollector();
    const answer = await ask(ingestHandler({ collector, ...options }), body, headers);
    shutdown();
    const { eventsReceived, eventsProcessed } = expectBalanced(collector);
    expect(answer.status).to.be.oneOf([202, 400, 413]);
    const { accepted, filtered, sampled, dropped } = answer.status === 202 ? answer.report : reportOf({});
    expect(eventsReceived).to.equal(accepted + filtered + sampled + dropped);
    expect(eventsProcessed).to.equal(accepted);
    expect(sink.events).to.have.length(accepted);
    return answer;
  }

  describe('are answered', () => {
    const depth = 100_000;
    const cases: Readonly<Record<string, readonly [string | Uint8Array, number, number?]>> = {
      '100,000 levels of lists': ['['.repeat(depth) + ']'.repeat(depth), 202, 1],
      '100,000 levels of lists, in an event': [`{"type":"a","data":${'['.repeat(depth)}${']'.repeat(depth)}}`, 202, 1],
      '100,000 levels of objects': [`[${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}]`, 202, 1],
      '100,000 levels that never close': ['['.repeat(depth), 400],
      'a million levels that never close': ['{"a":'.repeat(200_000), 400],
      'an event of 100,000 keys': [
        `{"type":"a","data":{${Array.from({ length: 60_000 }, (_, index) => `"k${String(index)}":1`).join()}}}`,
        202,
        1,
      ],
      'a long string': [JSON.stringify([{ type: 'a', data: 'x'.repeat(100_000) }, { type: 'b' }]), 202, 1],
      'a long key': [JSON.stringify([{ type: 'a', data: { ['x'.repeat(100_000)]: 1 } }, { type: 'b' }]), 202, 1],
      'a long id, type and session': [
        JSON.stringify([{ type: 'a', id: 'x'.repeat(1_000) }, { type: 'x'.repeat(1_000) }, { type: 'a', sessionId: 'x'.repeat(1_000) }]),
        202,
        3,
      ],
      'numbers beyond all bounds': [
        '[{"type":"a","timestamp":1e999},{"type":"a","timestamp":1e300},{"type":"a","weight":1e999},{"type":"a","timestamp":-0.5}]',
        202,
        4,
      ],
      'wrong types everywhere': [
        '[1,"a",null,true,[],{},[[]],{"type":{}},{"type":[]},{"type":null},{"type":"a","metadata":[]},{"type":"a","id":{}}]',
        202,
        12,
      ],
      'half a surrogate': ['[{"type":"\\ud83d","data":"\\ude00"}]', 202, 0],
      'nothing but blanks': [' \n\t \r\n'.repeat(1_000), 400],
      NULs: ['\0'.repeat(1_000), 400],
      'a byte order mark': ['\ufeff[{"type":"a"}]', 202, 0],
      'UTF-16': [new Uint8Array(Uint16Array.from('[{"type":"a"}]', (each) => each.charCodeAt(0)).buffer), 400],
      'JSON with a comment': ['[{"type":"a"}/* b */]', 400],
    };

    for (const [name, [body, status, invalid = 0]] of Object.entries(cases)) {
      it(name, async () => {
        const answer = await answered(body, { 'content-type': 'application/json' });
        expect(answer.status).to.equal(status);
        if (status === 202) expect(answer.report.invalid).to.have.length(invalid);
      });
    }

    it('a million tiny events, in each form', async () => {
      const many = new Array<string>(1_000_000);
      const options = { limits: { bodyBytes: 10_000_000, inflatedBytes: 10_000_000 } };
      expect((await answered(`[${many.fill('{}').join()}]`, {}, options)).error.code).to.equal('TOO_MANY_EVENTS');
      expect((await answered(many.join('\n'), { 'content-type': 'application/x-ndjson' }, options)).error.code).to.equal('TOO_MANY_EVENTS');
      expect(
        (await answered(many.join('\n'), { 'content-type': 'application/x-ndjson', 'content-encoding': 'identity' })).error.code,
      ).to.equal('BODY_TOO_LARGE');
      const packed = await gzipped(`[${many.fill('1').join()}]`);
      expect((await answered(packed, { 'content-encoding': 'gzip' })).error.code).to.equal('TOO_MANY_EVENTS');
    });

    it('bodies of a few kB that decompress to millions of brackets or blank lines, without parsing them', async () => {
      const half = 2_000_000;
      const bodies: readonly (readonly [string, string, string])[] = [
        ['\n'.repeat(2 * half), 'application/x-ndjson', 'TOO_MANY_LINES'],
        ['[\n'.repeat(half), 'application/x-ndjson', 'TOO_MANY_EVENTS'],
        ['['.repeat(half) + ']'.repeat(half), 'application/json', 'TOO_COMPLEX'],
        [`{"type":"a","data":[${'{},'.repeat(half / 2)}{}]}`, 'application/json', 'TOO_COMPLEX'],
        [`[${'[],'.repeat(half / 2)}[]]`, 'application/json', 'TOO_MANY_EVENTS'],
        [new Array<string>(1_000).fill('['.repeat(1_000) + ']'.repeat(1_000)).join('\n'), 'application/x-ndjson', 'TOO_COMPLEX'],
        [`[${manyMetadata('['.repeat(30_000) + ']'.repeat(30_000))}]`, 'application/cloudevents-batch+json', 'TOO_COMPLEX'],
        [`[${manyMetadata(`[${'{},'.repeat(20_000)}{}]`)}]`, 'application/cloudevents-batch+json', 'TOO_COMPLEX'],
      ];
      for (const [text, type, code] of bodies) {
        const body = await gzipped(text);
        expect(body.length).to.be.below(10_000);
        const answer = await answered(body, { 'content-type': type, 'content-encoding': 'gzip' });
        expect([answer.status, answer.error.code], text.slice(0, 50)).to.deep.equal([413, code]);
      }
    });

    it('10,000 invalid events: the first hundred with their faults, the others as a number', async () => {
      const bad = '{"type":1,"id":1,"category":1,"priority":1,"timestamp":-1,"sessionId":1,"weight":-1}';
      for (const event of [bad, '{}', '1', `{"type":"a","data":${'['.repeat(35)}${']'.repeat(35)}}`]) {
        const { report, text } = await answered(`[${new Array<string>(10_000).fill(event).join()}]`);
        expect([report.invalid.length, report.moreInvalid]).to.deep.equal([100, 9_900]);
        expect(report.invalid.flatMap(({ faults }) => faults)).to.have.length(100);
        expect(text.length).to.be.below(20_000);
      }
    });

    it('a million newlines, which contain no event', async () => {
      const { report } = await answered('\n'.repeat(1_000_000), { 'content-type': 'application/x-ndjson' });
      expect(report).to.deep.equal(reportOf({}));
    });

    it('duplicate keys, of which the last one wins', async () => {
      const { collector, sink, shutdown } = testCollector();
      await ask(ingestHandler({ collector }), '[{"type":"a","type":"b","id":"1","id":"2","data":1,"data":2}]');
      shutdown();
      expect(sink.events[0]).to.include({ type: 'b', id: '2', data: 2 });
    });

    it('keys that could pollute prototypes', async () => {
      const { collector, sink, shutdown } = testCollector();
      const handler = ingestHandler({ collector });
      const event = `{"type":"a","data":${POLLUTING},"metadata":${POLLUTING},"__proto__":{"type":"b","polluted":true}}`;
      const cloudEvent = `{"specversion":"1.0","id":"1","source":"s","type":"a","__proto__":{"polluted":true},"data":${POLLUTING},"metadata":${JSON.stringify(POLLUTING)}}`;
      const foreign = `{"specversion":"1.0","id":"2","source":"s","type":"a","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`;
      await ask(handler, event);
      await ask(handler, `{"__proto__":{"polluted":true},"events":[${event}]}`);
      await ask(handler, `[${cloudEvent},${foreign}]`, { 'content-type': 'application/cloudevents-batch+json' });
      await ask(handler, '{"__proto__":{"type":"a"}}');
      shutdown();
      expect('polluted' in {}).to.equal(false);
      expect(sink.events).to.have.length(4);
      for (const { metadata, ...rest } of sink.events) {
        expect(rest).not.to.have.property('polluted');
        expect(Object.getPrototypeOf(metadata)).to.equal(Object.prototype);
        expect(metadata.polluted).to.equal(undefined);
      }
    });

    it('a gzip bomb, which is unpacked only up to the limit', async () => {
      const bomb = await packedZeros(256);
      expect(bomb.length).to.be.below(1_000_000);
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      let most = 0;
      const watch = setInterval(() => {
        const now = process.memoryUsage();
        most = Math.max(most, now.arrayBuffers + now.heapUsed - arrayBuffers - heapUsed);
      });
      const { status, error } = await answered(bomb, { 'content-encoding': 'gzip' });
      clearInterval(watch);
      expect([status, error.code]).to.deep.equal([413, 'BODY_TOO_LARGE']);
      expect(most).to.be.below(100_000_000);
    });

    it('gzip in gzip, which is not JSON', async () => {
      expect((await answered(await gzipped(await gzipped('[{"type":"a"}]')), { 'content-encoding': 'gzip' })).status).to.equal(400);
    });

    it('a wrong content length', async () => {
      for (const length of ['1', '0', '-1', 'many', '1e3', '999999']) {
        expect((await answered('[{"type":"a"}]', { 'content-length': length })).status).to.equal(202);
      }
      expect((await answered('[{"type":"a"}]', { 'content-length': '99999999999' })).status).to.equal(413);
    });

    it('a body that breaks off, of which nothing is accepted', async () => {
      for (const type of TYPES) {
        let pulls = 0;
        const body = new ReadableStream<Uint8Array>({
          pull(controller) {
            if ((pulls += 1) > 3) controller.error(new Error('gone'));
            else controller.enqueue(new TextEncoder().encode('{"type":"a"}\n'));
          },
        });
        const { status, error } = await answered(body, { 'content-type': type });
        expect([status, error.code]).to.deep.equal([400, 'BODY_UNREADABLE']);
      }
    });

    it('a body that never ends, as soon as it is too long', async () => {
      let isCancelled = false;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(new Uint8Array(10_000));
        },
        cancel() {
          isCancelled = true;
        },
      });
      expect((await answered(body)).status).to.equal(413);
      expect(isCancelled).to.equal(true);
    });

    it('a body that never arrives, after a timeout', async () => {
      const { collector, scheduler } = testCollector();
      let isCancelled = false;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('[{"type":"a"}'));
        },
        cancel() {
          isCancelled = true;
          return new Promise(() => undefined);
        },
      });
      const answering = ask(ingestHandler({ collector, scheduler, limits: { readTimeoutMs: 500 } }), body);
      scheduler.maxFrames = 499;
      await tick();
      scheduler.flush();
      await tick();
      expect(isCancelled).to.equal(false);
      scheduler.maxFrames = 500;
      scheduler.flush();
      const { status, error } = await answering;
      expect([status, error.code, isCancelled]).to.deep.equal([408, 'TOO_SLOW', true]);
      expect(expectBalanced(collector).eventsReceived).to.equal(0);
    });

    for (const when of ['before', 'while'])
      it(`a body that never arrives, when its client disconnects ${when} it is read`, async () => {
        const { collector, scheduler } = testCollector();
        const sender = new AbortController();
        let isCancelled = false;
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('[{"type":"a"}]'));
          },
          cancel() {
            isCancelled = true;
          },
        });
        const init = { method: 'POST', body, duplex: 'half', signal: sender.signal };
        const request = new Request('https://events.example/', init);
        if (when === 'before') sender.abort();
        const answering = ingestHandler({ collector, scheduler })(request);
        await tick();
        sender.abort();
        const { status, error } = await answerOf(await answering);
        expect([status, error.code, isCancelled]).to.deep.equal([400, 'BODY_UNREADABLE', true]);
        expect(expectBalanced(collector).eventsReceived).to.equal(0);
      });

    it('a body in single bytes', async () => {
      const text = JSON.stringify(Array.from({ length: 200 }, (_, index) => ({ type: 'a', id: String(index), data: 'ü😀' })));
      const bytes = new TextEncoder().encode(text);
      let at = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (at === bytes.length) controller.close();
          else controller.enqueue(bytes.subarray(at, (at += 1)));
        },
      });
      expect((await answered(body)).report).to.deep.equal(reportOf({ accepted: 200 }));
    });

    it('a stream of other values than bytes', async () => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue('[]');
          controller.close();
        },
      });
      expect((await answered(body)).status).to.equal(400);
    });
  });

  describe('fuzzed', () => {
    const anyType = fc.constantFrom(...TYPES);
    const headersOf = (type: string, isPacked: boolean) => ({ 'content-type': type, ...(isPacked && { 'content-encoding': 'gzip' }) });

    it('arbitrary bytes', () =>
      fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), anyType, fc.boolean(), async (bytes, type, isPacked) => {
          await answered(bytes, headersOf(type, isPacked));
          await answered(await gzipped(bytes), headersOf(type, true));
        }),
        { numRuns: 200 },
      ));

    it('arbitrary JSON', () =>
      fc.assert(
        fc.asyncProperty(fc.json({ maxDepth: 6 }), anyType, async (text, type) => {
          const { status } = await answered(text, headersOf(type, false));
          if (type === 'application/x-ndjson') expect(status).to.equal(202);
        }),
        { numRuns: 300 },
      ));

    it('events with arbitrary fields', () => {
      const anything = fc.anything({ withNullPrototype: false });
      const field = <T>(good: fc.Arbitrary<T>) => fc.oneof({ arbitrary: good, weight: 3 }, { arbitrary: anything, weight: 1 });
      const event = fc.record(
        {
          type: field(fc.string({ minLength: 1 })),
          id: field(fc.uuid()),
          timestamp: field(fc.nat()),
          priority: field(fc.constantFrom('low', 'high')),
          category: field(fc.constant('usage')),
          sessionId: field(fc.string()),
          weight: field(fc.double({ min: 1, max: 100, noNaN: true })),
          metadata: field(fc.dictionary(fc.string(), fc.string())),
          data: anything,
        },
        { requiredKeys: ['type'] },
      );
      return fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 20 }), async (events) => {
          const text = jsonOf(events);
          fc.pre(text !== undefined);
          const { status, report } = await answered(text);
          expect(status).to.equal(202);
          expect(report.accepted + report.filtered + report.sampled + report.dropped + report.duplicates + report.invalid.length).to.equal(
            events.length,
          );
        }),
        { numRuns: 200 },
      );
    });

    it('valid bodies in which some bytes are changed, missing or doubled', () => {
      const events = [
        createEvent({ type: 'page_viewed', data: { path: '/ü', n: [1, 2.5, null] } }),
        createEvent({ type: 'paid', metadata: { app: 'shop' } }),
      ];
      const bodies = [
        JSON.stringify(createBatch(events, 1)),
        events.map((event) => JSON.stringify(event)).join('\n'),
        JSON.stringify(
          events.map(({ id, type, data }) => ({ specversion: '1.0', id, type, source: '/s', time: '2024-01-01T00:00:00Z', data })),
        ),
      ];
      const change = fc.record({ at: fc.nat(), byte: fc.nat(255), how: fc.constantFrom('set', 'cut', 'double') });
      return fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...bodies),
          fc.array(change, { minLength: 1, maxLength: 4 }),
          fc.boolean(),
          async (body, changes, isPacked) => {
            let bytes = [...(isPacked ? await gzipped(body) : new TextEncoder().encode(body))];
            for (const { at, byte, how } of changes) {
              const place = at % bytes.length;
              bytes = bytes.toSpliced(
                place,
                1,
                ...(how === 'set' ? [byte] : how === 'double' ? [bytes[place] ?? 0, bytes[place] ?? 0] : []),
              );
            }
            const type = TYPES[[0, 1, 3][bodies.indexOf(body)] ?? 0] ?? '';
            await answered(new Uint8Array(bytes), headersOf(type, isPacked));
          },
        ),
        { numRuns: 300 },
      );
    });
  });

  it('keep naughty strings unchanged in every place', async function () {
    const strings = JSON.parse(readFileSync(dataFile(this, 'blns.json'), 'utf8')) as string[];
    const { collector, sink, shutdown } = testCollector();
    const handler = ingestHandler({ collector });
    const events = strings.map((text) => ({
      type: text === '' ? 'empty' : text.slice(0, 256),
      sessionId: `s ${text}`.slice(0, 256),
      data: { text, [text]: text },
      metadata: { [`own ${text}`]: text },
    }));
    const lines = events.map((event) => JSON.stringify(event)).join('\n');
    expect((await ask(handler, events)).report).to.deep.equal(reportOf({ accepted: strings.length }));
    expect((await ask(handler, await gzipped(lines), headersNdjson)).report).to.deep.equal(reportOf({ accepted: strings.length }));
    const bad = await ask(
      handler,
      strings.map((text) => ({ type: 'a', priority: text, category: text, timestamp: text })),
    );
    expect(bad.report.invalid.length + (bad.report.moreInvalid ?? 0)).to.equal(strings.length);
    for (const { faults } of (JSON.parse(bad.text) as IngestReport).invalid)
      expect(faults.map(({ got }) => got)).to.satisfy((got: string[]) => got.every((each) => /^an? (empty )?string$/.test(each)));
    shutdown();
    expectBalanced(collector);
    const seen = sink.events.map(({ type, sessionId, data }) => ({ type, sessionId, data }));
    const sent = events.map(({ type, sessionId, data }) => ({ type, sessionId, data }));
    expect(seen).to.deep.equal([...sent, ...sent]);
  });
});

/** CloudEvents with this in their metadata. */
const manyMetadata = (json: string): string =>
  Array.from({ length: 60 }, (_, index) =>
    JSON.stringify({ specversion: '1.0', id: String(index), source: '/s', type: 'a', metadata: `{"a":${json}}` }),
  ).join();

const headersNdjson = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };

const tick = () => new Promise((resolve) => setImmediate(resolve));

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** A stream of this many MiB of zeros, which is never in memory as a whole. */
async function packedZeros(count: number): Promise<Uint8Array> {
  const gzip = createGzip();
  const packed: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => packed.push(chunk));
  const zeros = Buffer.alloc(1_048_576);
  for (let index = 0; index < count; index += 1) await new Promise((resolve) => gzip.write(zeros, resolve));
  await new Promise((resolve) => gzip.end(resolve));
  return new Uint8Array(Buffer.concat(packed));
}
