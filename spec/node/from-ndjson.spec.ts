import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
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

    it('completes for empty input', async () => {
      expect(await all(fromNdjson(await file('empty.ndjson', '')))).to.deep.equal([]);
      expect(await all(fromNdjson(chunks('\uFEFF')))).to.deep.equal([]);
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
        { numRuns: 30 },
      );
    });

    it('reports a too long line before its end, and does not keep it in memory', async () => {
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

    it('reports bytes after its end, after every line', async () => {
      expect(await all(fromNdjson(chunks(gzipSync('{"a":1}\n'), 'trailing text')))).to.deep.equal([
        good(1, { a: 1 }),
        bad(2, 'bytes after the end of the gzip data'),
      ]);
    });
  });

  describe('back-pressure', () => {
    it('passes one line at a time, like concatMap', async () => {
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

    it('makes the source wait for slow work, so that nothing is queued', async () => {
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

    it('does not grow the stack with synchronous work', async () => {
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

  describe('lifecycle', () => {
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

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
