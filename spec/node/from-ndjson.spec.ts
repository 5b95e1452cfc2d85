import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { createGunzip, gzipSync } from 'node:zlib';
import { concat, EMPTY, firstValueFrom, lastValueFrom, of, Subject, take, throwError, toArray, type Observable } from 'rxjs';
import { fromNdjson, type NdjsonLine } from '../../lib/node/index.js';

describe('fromNdjson', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'from-ndjson-'));
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }

  describe('lines', () => {
    it('emits each line as a value with its number', async () => {
      const path = await file('plain.ndjson', '{"a":1}\n[2]\n"three"\nnull\n');
      const expected = [good(1, { a: 1 }), good(2, [2]), good(3, 'three'), good(4, null)];
      expect(await all(fromNdjson(path))).to.deep.equal(expected);
      expect(await all(fromNdjson(pathToFileURL(path)))).to.deep.equal(expected);
    });

    it('emits a line that is not JSON as a value, without its content', async () => {
      expect(await all(fromNdjson(chunks('{"a":1}\n{"secret"\n{"b":2}\n')))).to.deep.equal([
        good(1, { a: 1 }),
        bad(2, 'not valid JSON'),
        good(3, { b: 2 }),
      ]);
    });

    it('leaves blank lines out, but counts them', async () => {
      expect(await all(fromNdjson(chunks('\n1\n \t\n\r\n2\n\n')))).to.deep.equal([good(2, 1), good(5, 2)]);
    });

    it('accepts CRLF, a byte order mark and a last line without newline', async () => {
      expect(await all(fromNdjson(chunks('\uFEFF1\r\n2\r\n3')))).to.deep.equal([good(1, 1), good(2, 2), good(3, 3)]);
    });

    it('completes for empty input', async () => {
      expect(await all(fromNdjson(await file('empty.ndjson', '')))).to.deep.equal([]);
      expect(await all(fromNdjson(chunks('\uFEFF')))).to.deep.equal([]);
    });

    it('calls text that is no UTF-8 a bad line instead of changing it', async () => {
      const broken = Buffer.concat([Buffer.from('"a"\n"'), Buffer.from([0xc3, 0x28]), Buffer.from('"\n"b"\n')]);
      expect(await all(fromNdjson(chunks(broken)))).to.deep.equal([good(1, 'a'), bad(2, 'not valid UTF-8'), good(3, 'b')]);
    });

    it('accepts text in place of bytes', async () => {
      expect(await all(fromNdjson(Readable.from(['{"a":', '"ü😀"}\n'])))).to.deep.equal([good(1, { a: 'ü😀' })]);
    });

    it('reads any iterable of bytes, such as the body of a web response', async () => {
      const { body } = new Response('1\n2\n');
      if (body === null) throw new Error('Expected a body');
      expect(await all(fromNdjson(body as unknown as AsyncIterable<Uint8Array>))).to.deep.equal([good(1, 1), good(2, 2)]);
    });

    it('reads the same, wherever its chunks are cut', async () => {
      const values = fc.array(fc.oneof(fc.jsonValue(), fc.constantFrom('ü😀', '\u2028', '')), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(values, fc.array(fc.nat(), { maxLength: 6 }), fc.boolean(), async (lines, cuts, isPacked) => {
          const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
          const bytes = isPacked ? gzipSync(text) : text;
          const read = await all(fromNdjson(chunks(...cutAt(bytes, cuts))));
          expect(read).to.deep.equal(lines.map((line, index) => good(index + 1, JSON.parse(JSON.stringify(line)))));
        }),
      );
    });
  });

  it('puts a long line together from many chunks', async () => {
    const text = 'ü😀'.repeat(100_000);
    const parts = `${JSON.stringify(text)}\n1\n`.match(/[^]{1,1000}/gu) ?? [];
    expect(await all(fromNdjson(chunks(...parts)))).to.deep.equal([good(1, text), good(2, 1)]);
  });

  describe('a line that is too long', () => {
    it('is a bad one; as long as allowed is not', async () => {
      expect(await all(fromNdjson(chunks('"12"\n"123"\n"45"\n'), { maxLineBytes: 4 }))).to.deep.equal([
        good(1, '12'),
        bad(2, 'longer than 4 bytes'),
        good(3, '45'),
      ]);
    });

    it('is found wherever its chunks are cut', async () => {
      const bytes = Buffer.from('"12"\n"1234567"\n\n"45"\n"too long"');
      for (let size = 1; size <= bytes.length; size += 1) {
        const cuts = Array.from({ length: bytes.length }, (_, index) => index * size);
        expect(await all(fromNdjson(chunks(...cutAt(bytes, cuts)), { maxLineBytes: 4 })), `chunks of ${String(size)}`).to.deep.equal([
          good(1, '12'),
          bad(2, 'longer than 4 bytes'),
          good(4, '45'),
          bad(5, 'longer than 4 bytes'),
        ]);
      }
    });

    it('is reported before its end, and is not held', async () => {
      let taken = 0;
      const endless = Readable.from(
        (async function* () {
          for (;;) {
            taken += 1;
            await Promise.resolve();
            yield Buffer.alloc(1000, 'x');
          }
        })(),
      );
      expect(await firstValueFrom(fromNdjson(endless, { maxLineBytes: 10_000 }))).to.deep.equal(bad(1, 'longer than 10000 bytes'));
      expect(taken).to.be.lessThan(100);
    });
  });

  describe('gzip', () => {
    it('is recognised by its first bytes, not by a name', async () => {
      expect(await all(fromNdjson(await file('packed.txt', gzipSync('1\n2\n'))))).to.deep.equal([good(1, 1), good(2, 2)]);
      expect(await all(fromNdjson(await file('plain.ndjson.gz', '1\n2\n')))).to.deep.equal([good(1, 1), good(2, 2)]);
    });

    it('may come byte by byte', async () => {
      const bytes = gzipSync('{"a":"ü"}\n2\n');
      expect(await all(fromNdjson(chunks(...cutAt(bytes, [...bytes.keys()]))))).to.deep.equal([good(1, { a: 'ü' }), good(2, 2)]);
    });

    it('may have several members, cut within a line', async () => {
      const members = Buffer.concat([gzipSync('1\n{"a":'), gzipSync('"b"}\n'), gzipSync(''), gzipSync('3\n')]);
      expect(await all(fromNdjson(chunks(members)))).to.deep.equal([good(1, 1), good(2, { a: 'b' }), good(3, 3)]);
    });

    it('emits every line before its missing end, and then an error', async () => {
      const lines = Array.from({ length: 5000 }, (_, index) => ({ index, noise: Math.sin(index) }));
      const packed = gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      for (const missing of [1, 8, 20_000, packed.length - 3]) {
        const { seen, error } = await untilError(fromNdjson(chunks(...cutAt(packed.subarray(0, packed.length - missing), [10_000]))));
        expect(error).to.have.property('code', 'Z_BUF_ERROR');
        expect(seen.filter(({ ok }) => ok)).to.deep.equal(lines.slice(0, seen.length).map((value, index) => good(index + 1, value)));
        if (missing <= 8) expect(seen).to.have.length(lines.length);
        else if (missing === 20_000) expect(seen.length).to.be.greaterThan(1000);
      }
    });

    it('emits them to a slow reader as well', async () => {
      const packed = gzipSync(Array.from({ length: 5000 }, (_, index) => `{"index":${String(index)}}\n`).join(''));
      const slow = fromNdjson(chunks(packed.subarray(0, packed.length - 1)), { project: (line) => Promise.resolve(line) });
      const { seen, error } = await untilError(slow);
      expect(error).to.have.property('code', 'Z_BUF_ERROR');
      expect(seen).to.have.length(5000);
    });

    it('emits every line before damage, wherever it is', async () => {
      const lines = Array.from({ length: 3_000 }, (_, n) => `{"n":${String(n)},"x":"${String((n * 7919) % 1000)}"}\n`);
      const packed = gzipSync(lines.join(''));
      const wrongCrc = Buffer.from(packed);
      wrongCrc[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 1;
      const afterCrc = await untilError(fromNdjson(chunks(wrongCrc)));
      expect(afterCrc.seen).to.have.length(3_000);
      expect(afterCrc.error).to.be.instanceOf(Error);
      for (const at of [0.3, 0.5, 0.9]) {
        const damaged = Buffer.from(packed);
        damaged.fill(0xff, Math.floor(packed.length * at));
        const { seen, error } = await untilError(fromNdjson(chunks(damaged)));
        expect(error).to.be.instanceOf(Error);
        // The same engine, fed byte by byte, unpacks all that can be unpacked.
        expect(seen.length).to.equal(await linesByteByByte(damaged));
      }
    });

    for (const [what, trailing] of Object.entries({ text: 'trailing text', 'one byte': '\n', 'padding and text': '\0\0\0x' })) {
      it(`emits every line before ${what} after its end, and reports those bytes`, async () => {
        for (const size of [1, 5, 1_000]) {
          const bytes = Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"b":2}\n'), Buffer.from(trailing)]);
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
          expect(await all(fromNdjson(chunks(...pieces)))).to.deep.equal([
            { ok: true, line: 1, value: { a: 1 } },
            { ok: true, line: 2, value: { b: 2 } },
            { ok: false, line: 3, error: 'bytes after the end of the gzip data' },
          ]);
        }
      });
    }

    it('may be padded with zeros', async () => {
      expect(await all(fromNdjson(chunks(Buffer.concat([gzipSync('{"a":1}\n'), Buffer.alloc(700)]))))).to.have.length(1);
      expect(await all(fromNdjson(chunks(gzipSync('{"a":1}\n'), Buffer.alloc(1), Buffer.alloc(7))))).to.have.length(1);
    });

    it('is an error where it is damaged', async () => {
      const packed = gzipSync('1\n'.repeat(1000));
      packed.fill(0xff, 10, 20);
      expect((await untilError(fromNdjson(chunks(packed)))).error).to.have.property('code', 'Z_DATA_ERROR');
    });
  });

  describe('back-pressure', () => {
    it('hands over one line at a time, as concatMap would', async () => {
      const doors = [new Subject<string>(), new Subject<string>(), new Subject<string>()];
      const asked: number[] = [];
      const result = all(
        fromNdjson(chunks('1\n2\n3\n'), {
          project: (line) => {
            asked.push(line.line);
            return doors[line.line - 1] ?? EMPTY;
          },
        }),
      );
      for (const [index, door] of doors.entries()) {
        await until(() => door.observed);
        expect(asked).to.have.length(index + 1);
        door.next(`${String(index + 1)}a`);
        door.next(`${String(index + 1)}b`);
        door.complete();
      }
      expect(await result).to.deep.equal(['1a', '1b', '2a', '2b', '3a', '3b']);
    });

    it('lets the source wait for slow work, so that nothing piles up', async () => {
      let produced = 0;
      let consumed = 0;
      let widest = 0;
      const source = Readable.from(
        (function* () {
          while (produced < 2000) yield `${String((produced += 1))}\n`;
        })(),
      );
      const slow = fromNdjson(source, {
        project: async () => {
          await new Promise(setImmediate);
          widest = Math.max(widest, produced - (consumed += 1));
          return consumed;
        },
      });
      expect(await lastValueFrom(slow)).to.equal(2000);
      // What Readable.from itself reads ahead, and no more.
      expect(widest).to.be.lessThan(40);
    });

    it('needs no stack for work that is done at once', async () => {
      const many = '1\n'.repeat(100_000);
      let count = 0;
      await lastValueFrom(
        fromNdjson(chunks(many), {
          project: () => {
            count += 1;
            return EMPTY;
          },
        }),
        { defaultValue: undefined },
      );
      expect(count).to.equal(100_000);
    });

    it("passes a failing project's error on, and closes the source", async () => {
      const failure = new Error('no');
      for (const project of [
        () => throwError(() => failure),
        () => {
          throw failure;
        },
      ]) {
        const stream = chunks('1\n2\n');
        expect((await untilError(fromNdjson(stream, { project }))).error).to.equal(failure);
        expect(stream.destroyed).to.equal(true);
      }
    });
  });

  describe('its life', () => {
    it('opens nothing before it is subscribed to, and reads again for each subscription', async () => {
      const path = join(folder, 'later.ndjson');
      const lines$ = fromNdjson(path);
      await writeFile(path, '1\n');
      expect(await all(lines$)).to.deep.equal([good(1, 1)]);
      await writeFile(path, '1\n2\n');
      expect(await all(concat(lines$, lines$))).to.deep.equal([good(1, 1), good(2, 2), good(1, 1), good(2, 2)]);
    });

    it('fails when a stream is read a second time', async () => {
      const lines$ = fromNdjson(chunks('1\n'));
      expect(await all(lines$)).to.deep.equal([good(1, 1)]);
      expect((await untilError(lines$)).error).to.have.property('message', 'A stream can be read only once; a path can be read again');
    });

    it('is an error when the file is missing, is a folder, or the stream fails', async () => {
      expect((await untilError(fromNdjson(join(folder, 'missing')))).error).to.have.property('code', 'ENOENT');
      expect((await untilError(fromNdjson(folder))).error).to.have.property('code', 'EISDIR');
      const failing = new PassThrough();
      const outcome = untilError(fromNdjson(failing));
      failing.write('1\n');
      await new Promise(setImmediate);
      failing.destroy(new Error('torn'));
      const { seen, error } = await outcome;
      expect(seen).to.deep.equal([good(1, 1)]);
      expect(error).to.have.property('message', 'torn');
    });

    it('is an error when a stream emits neither bytes nor text', async () => {
      const { error } = await untilError(fromNdjson(Readable.from([{ a: 1 }])));
      expect(error).to.be.instanceOf(TypeError);
      expect(error).to.have.property('message', 'Expected the stream to emit bytes or text, got an object');
    });

    it('destroys the stream on unsubscription, also while it waits for bytes', async () => {
      const silent = new PassThrough();
      const subscription = fromNdjson(silent).subscribe();
      await new Promise(setImmediate);
      expect(silent.destroyed).to.equal(false);
      subscription.unsubscribe();
      expect(silent.destroyed).to.equal(true);
    });

    it('emits no further line of a chunk after unsubscription', async () => {
      const stream = chunks('1\n2\n3\n');
      expect(await all(fromNdjson(stream).pipe(take(2)))).to.deep.equal([good(1, 1), good(2, 2)]);
      expect(stream.destroyed).to.equal(true);
    });

    it('starts no further work after unsubscription', async () => {
      const begun: number[] = [];
      const work = fromNdjson(chunks('1\n2\n3\n'), {
        project: ({ line }) => {
          begun.push(line);
          return of(line);
        },
      });
      expect(await firstValueFrom(work)).to.equal(1);
      await new Promise(setImmediate);
      expect(begun).to.deep.equal([1]);
    });

    it('unsubscribes from the current work, and releases an iterable', async () => {
      let isLetGo = false;
      async function* bytes(): AsyncGenerator<Buffer, void> {
        try {
          await Promise.resolve();
          for (;;) yield Buffer.from('1\n');
        } finally {
          isLetGo = true;
        }
      }
      const work = new Subject<void>();
      const subscription = fromNdjson(bytes(), { project: () => work }).subscribe();
      await until(() => work.observed);
      subscription.unsubscribe();
      expect(work.observed).to.equal(false);
      await until(() => isLetGo);
    });
  });

  it('throws for an invalid input, and for invalid options', () => {
    expect(() => fromNdjson('')).to.throw(TypeError, 'Expected `input` to be a path, a file: URL or a stream of bytes');
    expect(() => fromNdjson(new URL('https://example.org/'))).to.throw(TypeError, 'Expected `input`');
    expect(() => fromNdjson('a\0b')).to.throw(TypeError, 'Expected `input`');
    expect(() => fromNdjson(7 as unknown as string)).to.throw(TypeError, 'got `7` (number)');
    expect(() => fromNdjson('x', { maxLineBytes: 0 })).to.throw(
      TypeError,
      'Expected `maxLineBytes` to be an integer ≥ 1, got `0` (number)',
    );
    expect(() => fromNdjson('x', { project: 1 as unknown as () => Observable<1> })).to.throw(
      TypeError,
      'Expected `project` to be a function',
    );
    expect(() => fromNdjson('x', 5 as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => fromNdjson('x', { map: () => of(1) } as object)).to.throw(TypeError, 'Unknown option `map`');
    expect(() => fromNdjson('x', { project: () => of(1) })).not.to.throw();
  });
});

function good(line: number, value: unknown): NdjsonLine {
  return { ok: true, line, value };
}

function bad(line: number, error: string): NdjsonLine {
  return { ok: false, line, error };
}

const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()));

function chunks(...parts: (string | Uint8Array)[]): Readable {
  return Readable.from(parts.map((part) => Buffer.from(part)));
}

/** `bytes` in parts that end at the given places; places outside are brought inside. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

async function untilError<T>(source: Observable<T>): Promise<{ seen: T[]; error: unknown }> {
  const seen: T[] = [];
  return new Promise((resolve, reject) => {
    source.subscribe({
      next: (value) => seen.push(value),
      error: (error: unknown) => {
        resolve({ seen, error });
      },
      complete: () => {
        reject(new Error('Expected an error'));
      },
    });
  });
}

/** Number of whole lines that zlib unpacks if no output shares a write with the damage. */
async function linesByteByByte(packed: Buffer): Promise<number> {
  const gunzip = createGunzip();
  let text = '';
  gunzip.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const over = new Promise<void>((resolve) => gunzip.once('error', () => resolve()));
  for (let at = 0; at < packed.length && gunzip.errored === null; at += 1) {
    await Promise.race([over, new Promise((resolve) => gunzip.write(packed.subarray(at, at + 1), resolve))]);
  }
  gunzip.destroy();
  return text.split('\n').length - 1;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
