import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtemp, open, readFile, rm, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { from, lastValueFrom, VirtualTimeScheduler, type ObservableInput } from 'rxjs';
import { type SinkError } from '../../lib/errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../../lib/event/event.js';
import { ndjsonFileSink, type NdjsonFileSinkOptions } from '../../lib/node/index.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { failureOf } from '../support/attempt.js';
import { throwing } from '../support/hostile.js';

describe('ndjsonFileSink', () => {
  let folder: string;
  let path: string;
  const opened: EventSink[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ndjson-sink-'));
    path = join(folder, 'deep', 'er', 'events.ndjson');
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sink) => run(sink.close?.())));
    await rm(folder, { recursive: true, force: true });
  });

  function sinkTo(destination: string | URL, options: Partial<NdjsonFileSinkOptions> = {}): EventSink {
    const sink = ndjsonFileSink({ path: destination, ...options });
    opened.push(sink);
    return sink;
  }

  describeSinkContract('ndjsonFileSink', {
    create: () => sinkTo(path),
    failing: () => sinkTo(folder),
    received: async () => (await linesOf(path)).map(({ id }) => id),
  });

  it('appends one line of JSON per event, and creates the folders', async () => {
    const sink = sinkTo(path);
    await send(sink, [event('a'), event('b', { text: 'ü\n\u2028 "quoted" 😀' })]);
    await send(sink, [event('c')]);
    await sink.close?.();
    expect(await linesOf(path)).to.deep.equal([event('a'), event('b', { text: 'ü\n\u2028 "quoted" 😀' }), event('c')]);
  });

  it('keeps the existing content of the file', async () => {
    const before = join(folder, 'before.ndjson');
    await writeFile(before, '{"old":true}\n');
    await send(sinkTo(pathToFileURL(before)), [event('a')]);
    expect(await linesOf(before)).to.deep.equal([{ old: true }, event('a')]);
  });

  it('removes half a line that a dying process left', async () => {
    const torn = join(folder, 'torn.ndjson');
    await writeFile(torn, '{"whole":1}\n{"half":');
    await send(sinkTo(torn), [event('a')]);
    expect(await linesOf(torn)).to.deep.equal([{ whole: 1 }, event('a')]);
  });

  it('writes a batch with one write', async () => {
    const writes = await countOf('write', async () => {
      await send(
        sinkTo(path),
        Array.from({ length: 1000 }, (_, index) => event(String(index))),
      );
    });
    expect(writes).to.equal(1);
  });

  it('touches no file before its first batch', async () => {
    const sink = sinkTo(join(folder, 'untouched.ndjson'));
    await sink.flush?.();
    await sink.close?.();
    expect(await codeOf(readFile(join(folder, 'untouched.ndjson')))).to.equal('ENOENT');
  });

  it('keeps the order of its batches with concurrent attempts', async () => {
    const sink = sinkTo(path);
    await Promise.all(Array.from({ length: 20 }, (_, index) => send(sink, [event(String(index)), event(`${String(index)}'`)])));
    expect((await linesOf(path)).map(({ id }) => id)).to.deep.equal(
      Array.from({ length: 20 }, (_, index) => [String(index), `${String(index)}'`]).flat(),
    );
  });

  describe('when events have no JSON form', () => {
    const offenders: Record<string, unknown> = {
      'a toJSON that throws': {
        toJSON() {
          throw new Error('secret');
        },
      },
      'a getter that throws': {
        get broken() {
          throw new Error('secret');
        },
      },
    };
    for (const [what, data] of Object.entries(offenders)) {
      it(`writes the others and names the one with ${what}`, async () => {
        const bad = event('bad', data);
        const error = await failureOf(send(sinkTo(path), [event('a'), bad, event('b')]));
        expect(error).to.include({ kind: 'rejected', code: 'NOT_ENCODABLE', retryable: false });
        expect(error.failed).to.deep.equal([bad]);
        expect(error.message).to.equal('1 of 3 events have no JSON form');
        expect((await linesOf(path)).map(({ id }) => id)).to.deep.equal(['a', 'b']);
      });
    }

    it('refuses an event whose toJSON returns nothing', async () => {
      const bad = Object.assign(event('bad'), { toJSON: () => undefined });
      expect((await failureOf(send(sinkTo(path), [bad, event('a')]))).failed).to.deep.equal([bad]);
      expect(await linesOf(path)).to.deep.equal([event('a')]);
    });

    it('writes every other event as a line that parses back to it', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.jsonValue())), async (specs) => {
          const file = join(folder, `${String((run += 1))}.ndjson`);
          const events = specs.map(([isBad, data], index) => event(String(index), isBad ? throwing(new Error('no data')) : data));
          const good = events.filter((_, index) => specs[index]?.[0] === false);
          const sink = sinkTo(file);
          const error = await send(sink, events).catch((caught: unknown) => caught as SinkError);
          expect(error?.failed ?? []).to.deep.equal(events.filter((one) => !good.includes(one)));
          if (good.length > 0) expect(await linesOf(file)).to.deep.equal(JSON.parse(JSON.stringify(good)));
          await sink.close?.();
        }),
        { numRuns: 50 },
      );
    });
  });

  describe('when the system refuses', () => {
    it('calls a full disk unavailable, worth a retry', async function () {
      if (process.platform !== 'linux') this.skip();
      const error = await failureOf(send(sinkTo('/dev/full'), [event('a')]));
      expect(error).to.include({ kind: 'unavailable', code: 'ENOSPC', retryable: true });
    });

    for (const code of ['ENOSPC', 'EMFILE', 'EAGAIN', 'EBUSY', 'EIO']) {
      it(`calls ${code} unavailable, worth a retry`, async () => {
        const error = await withDisk('write', failing(code), () => failureOf(send(sinkTo(path), [event('a')])));
        expect(error).to.include({ kind: 'unavailable', code, retryable: true });
        expect(error.failed).to.equal(undefined);
      });
    }

    for (const code of ['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR', 'ENOENT']) {
      it(`treats ${code} as a failed write that is not retryable`, async () => {
        const error = await withDisk('write', failing(code), () => failureOf(send(sinkTo(path), [event('a')])));
        expect(error).to.include({ kind: 'write_failed', code, retryable: false });
      });
    }

    it('treats an unknown code as a failed write that is retryable', async () => {
      const error = await withDisk('write', failing('EWHATEVER'), () => failureOf(send(sinkTo(path), [event('a')])));
      expect(error).to.include({ kind: 'write_failed', code: 'EWHATEVER', retryable: true });
    });

    it('fails on a folder, and on a path through a file', async () => {
      expect(await failureOf(send(sinkTo(folder), [event('a')]))).to.include({ code: 'EISDIR', retryable: false });
      await writeFile(join(folder, 'file'), '');
      const through = sinkTo(join(folder, 'file', 'events.ndjson'));
      expect(await failureOf(send(through, [event('a')]))).to.include({ kind: 'write_failed', retryable: false });
    });

    it('opens again at the next attempt when opening has failed', async () => {
      await writeFile(join(folder, 'deep'), 'in the way');
      const sink = sinkTo(path);
      await failureOf(send(sink, [event('a')]));
      await rm(join(folder, 'deep'));
      await send(sink, [event('a')]);
      expect(await linesOf(path)).to.deep.equal([event('a')]);
    });

    it('fails with flush_failed when the file cannot be made durable', async () => {
      const sink = sinkTo(path);
      await send(sink, [event('a')]);
      const error = await withDisk('datasync', failing('EIO'), () => failureOf(run(sink.flush?.())));
      expect(error).to.include({ kind: 'flush_failed', code: 'EIO', retryable: true });
    });
  });

  describe('when a write is torn', () => {
    it('removes the written part, so that the retry starts on a new line', async () => {
      const sink = sinkTo(path);
      await send(sink, [event('a')]);
      await withDisk('write', tornAfter(10, 'ENOSPC'), () => failureOf(send(sink, [event('b'), event('c')])));
      expect(await linesOf(path)).to.deep.equal([event('a')]);
      await send(sink, [event('b'), event('c')]);
      expect(await linesOf(path)).to.deep.equal([event('a'), event('b'), event('c')]);
    });

    it('removes it before the next write if that was not possible immediately', async () => {
      const sink = sinkTo(path);
      await send(sink, [event('a')]);
      await withDisk('truncate', failing('EIO'), () => withDisk('write', tornAfter(10, 'EIO'), () => failureOf(send(sink, [event('b')]))));
      expect((await readFile(path, 'utf8')).endsWith('\n')).to.equal(false);
      await send(sink, [event('c')]);
      expect(await linesOf(path)).to.deep.equal([event('a'), event('c')]);
    });

    it('removes it at close if there is no retry', async () => {
      const sink = sinkTo(path);
      await send(sink, [event('a')]);
      await withDisk('truncate', failing('EIO'), () => withDisk('write', tornAfter(10, 'EIO'), () => failureOf(send(sink, [event('b')]))));
      await sink.close?.();
      expect(await linesOf(path)).to.deep.equal([event('a')]);
    });

    it('continues where a short write stopped', async () => {
      await withDisk('write', short(7), () => send(sinkTo(path), [event('a'), event('b')]));
      expect(await linesOf(path)).to.deep.equal([event('a'), event('b')]);
    });

    it('continues in a file that was emptied meanwhile', async () => {
      const sink = sinkTo(path);
      await send(sink, [event('a')]);
      await truncate(path);
      await withDisk('write', tornAfter(10, 'ENOSPC'), () => failureOf(send(sink, [event('b')])));
      await send(sink, [event('b')]);
      expect(await linesOf(path)).to.deep.equal([event('b')]);
    });
  });

  describe('when an attempt is aborted', () => {
    it('touches nothing if it has not started', async () => {
      const error = await failureOf(send(sinkTo(path), [event('a')], AbortSignal.abort()));
      expect(error.retryable).to.equal(true);
      expect(await codeOf(readFile(path))).to.equal('ENOENT');
    });

    it('leaves nothing behind if it was being written', async () => {
      const sink = sinkTo(path);
      await send(sink, [event('a')]);
      const attempt = new AbortController();
      const abortThenWrite: Disk = (proceed, args) => {
        attempt.abort();
        return proceed(...args);
      };
      await withDisk('write', abortThenWrite, () => failureOf(send(sink, [event('b')], attempt.signal)));
      await send(sink, [event('c')]);
      expect(await linesOf(path)).to.deep.equal([event('a'), event('c')]);
    });
  });

  describe('makes written lines durable', () => {
    it('at flush only, by default', async () => {
      const sink = sinkTo(path);
      const syncs = await countOf('datasync', async () => {
        for (const id of ['a', 'b', 'c']) await send(sink, [event(id)]);
      });
      expect(syncs).to.equal(0);
    });

    it("before it counts as delivered, with 'batch'", async () => {
      const sink = sinkTo(path, { fsync: 'batch' });
      const syncs = await countOf('datasync', async () => {
        for (const id of ['a', 'b', 'c']) await send(sink, [event(id)]);
      });
      expect(syncs).to.equal(3);
    });

    it('or removes them, so that the retry writes nothing twice', async () => {
      const sink = sinkTo(path, { fsync: 'batch' });
      await send(sink, [event('a')]);
      const error = await withDisk('datasync', failing('EIO'), () => failureOf(send(sink, [event('b')])));
      expect(error).to.include({ kind: 'unavailable', code: 'EIO', retryable: true });
      expect(await linesOf(path)).to.deep.equal([event('a')]);
      await send(sink, [event('b')]);
      expect(await linesOf(path)).to.deep.equal([event('a'), event('b')]);
    });

    it('in the background, `everyMs` after the first of several batches, and is idle after that', async () => {
      const scheduler = new VirtualTimeScheduler();
      const sink = sinkTo(path, { fsync: { everyMs: 100 }, scheduler });
      await send(sink, [event('a')]);
      await send(sink, [event('b')]);
      expect(scheduler.actions).to.have.length(1);
      const syncs = await countOf('datasync', async () => {
        scheduler.flush();
        await send(sink, []);
      });
      expect({ syncs, at: scheduler.now(), timers: scheduler.actions.length }).to.deep.equal({ syncs: 1, at: 100, timers: 0 });
      await send(sink, [event('c')]);
      expect(scheduler.actions).to.have.length(1);
      await run(sink.close?.());
      expect(await countOf('datasync', async () => scheduler.flush())).to.equal(0);
    });

    it('before the next batch if the background sync has failed, and fails that batch if it fails again', async () => {
      const scheduler = new VirtualTimeScheduler();
      const sink = sinkTo(path, { fsync: { everyMs: 100 }, scheduler });
      await send(sink, [event('a')]);
      await withDisk('datasync', failing('EIO'), async () => {
        scheduler.flush();
        await nextTurn();
        expect(await failureOf(send(sink, [event('b')]))).to.include({ kind: 'unavailable', code: 'EIO', retryable: true });
      });
      expect(await countOf('datasync', () => send(sink, [event('b')]))).to.equal(1);
      expect(await linesOf(path)).to.deep.equal([event('a'), event('b')]);
    });
  });

  describe('at its end', () => {
    it('makes the file durable at flush', async () => {
      const sink = sinkTo(path);
      await send(sink, [event('a')]);
      expect(await countOf('datasync', () => run(sink.flush?.()))).to.equal(1);
    });

    it('accepts batches while it is made durable', async () => {
      const sink = sinkTo(path);
      await send(sink, [event('a')]);
      let release = (): void => undefined;
      const slow: Disk = async (proceed, args) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return proceed(...args);
      };
      await withDisk('datasync', slow, async () => {
        const flushed = run(sink.flush?.());
        await send(sink, [event('b')]);
        expect(await linesOf(path)).to.deep.equal([event('a'), event('b')]);
        release();
        await flushed;
      });
    });

    it('waits with flush and close for the writes before them', async () => {
      const sink = sinkTo(path);
      const sent = send(sink, [event('a')]);
      await Promise.all([sent, run(sink.flush?.()), run(sink.close?.())]);
      expect(await linesOf(path)).to.deep.equal([event('a')]);
    });

    it('closes its file, and has nothing more to do at a second close', async () => {
      const sink = sinkTo(path);
      let handle: FileHandle | undefined;
      const watching: Disk = (proceed, args, used) => {
        handle = used;
        return proceed(...args);
      };
      await withDisk('write', watching, () => send(sink, [event('a')]));
      expect(handle?.fd).to.be.greaterThan(0);
      await run(sink.close?.());
      expect(handle?.fd).to.equal(-1);
      await run(sink.close?.());
    });

    it('refuses a batch permanently after close', async () => {
      const sink = sinkTo(path);
      await sink.close?.();
      expect(await failureOf(send(sink, [event('a')]))).to.include({ kind: 'write_failed', code: 'SINK_CLOSED', retryable: false });
    });
  });

  it('writes to files that are not regular, without a sync', async function () {
    if (process.platform !== 'linux') this.skip();
    const sink = sinkTo('/dev/null');
    await send(sink, [event('a')]);
    await sink.flush?.();
    await sink.close?.();
  });

  it('appends to a file whose end it cannot read', async () => {
    const hidden = join(folder, 'hidden.ndjson');
    await writeFile(hidden, '{}\n');
    await withDisk('read', failing('EIO'), () => send(sinkTo(hidden), [event('a')]));
    expect(await linesOf(hidden)).to.deep.equal([{}, event('a')]);
  });

  it('is named after its format by default', () => {
    expect(sinkTo(path).name).to.equal('ndjson');
    expect(ndjsonFileSink({ path, name: 'archive' }).name).to.equal('archive');
  });

  it('throws for invalid options', () => {
    expect(() => ndjsonFileSink({ path: 'a\0b' })).to.throw(TypeError, 'without NUL characters');
    expect(() => ndjsonFileSink({ path: '' })).to.throw(TypeError, 'Expected `path` to be a non-empty string or a file: URL');
    expect(() => ndjsonFileSink({ path: new URL('https://example.org/') })).to.throw(TypeError, 'Expected `path`');
    expect(() => ndjsonFileSink({ path, fsync: { everyMs: 0 } })).to.throw(
      TypeError,
      "Expected `fsync` to be 'never', 'batch' or { everyMs",
    );
    expect(() => ndjsonFileSink({ path, rotate: { maxBytes: 0 } })).to.throw(TypeError, 'Expected `rotate.maxBytes`');
    expect(() => ndjsonFileSink({ path, rotate: { maxAgeMs: NaN } })).to.throw(TypeError, 'Expected `rotate.maxAgeMs`');
    expect(() => ndjsonFileSink({ path, rotate: { maxFiles: -1 } })).to.throw(TypeError, 'Expected `rotate.maxFiles`');
    expect(() => ndjsonFileSink({ path, rotate: { gzip: 1 as never } })).to.throw(TypeError, 'Expected `rotate.gzip`');
    for (const rotate of [true, 5, 'gzip']) {
      expect(() => ndjsonFileSink({ path, rotate: rotate as never })).to.throw(TypeError, 'Expected `rotate` to be an object');
    }
    expect(() => ndjsonFileSink({ path, rotate: { maxByte: 10 } as object })).to.throw(TypeError, 'Unknown option `rotate.maxByte`');
    expect(() => ndjsonFileSink({ path, rotation: {} } as { path: string })).to.throw(TypeError, 'Unknown option `rotation`');
    expect(() => ndjsonFileSink(undefined as never)).to.throw(TypeError, 'Expected `path` to be');
    expect(() => ndjsonFileSink({ path, name: '' })).to.throw(TypeError, "Expected `name` to be a non-empty string, got `''` (string)");
  });
});

function event(id: string, data: unknown = null): AnalyticsEvent {
  return { id, type: 'noted', category: 'custom', priority: 'normal', timestamp: 0, sessionId: 's', data, metadata: {}, weight: 1 };
}

async function send(sink: EventSink, events: readonly AnalyticsEvent[], signal = new AbortController().signal): Promise<undefined> {
  const batch: EventBatch = { id: 'batch', sequence: 1, createdAt: 0, events, reason: 'count' };
  return run(sink.process(batch, { signal, attempt: 1 }) ?? undefined);
}

async function run(work: ObservableInput<unknown> | undefined): Promise<undefined> {
  if (work !== undefined) await lastValueFrom(from(work), { defaultValue: undefined });
}

async function codeOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

async function linesOf(path: string): Promise<AnalyticsEvent[]> {
  const text = await readFile(path, 'utf8');
  expect(text.endsWith('\n')).to.equal(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as AnalyticsEvent);
}

/** What the disk does instead of a call: `proceed` makes the real one, with other arguments if need be. */
type Disk = (proceed: (...args: unknown[]) => Promise<unknown>, args: readonly unknown[], handle: FileHandle) => Promise<unknown>;
type Call = 'read' | 'write' | 'truncate' | 'datasync';

/** Puts `disk` under every file handle of the process while `work` runs: what it does is done to real files. */
async function withDisk<R>(call: Call, disk: Disk, work: () => Promise<R>): Promise<R> {
  const probe = await open(tmpdir(), 'r');
  const prototype = Object.getPrototypeOf(probe) as Record<Call, (...args: unknown[]) => Promise<unknown>>;
  await probe.close();
  const original = prototype[call];
  prototype[call] = function (this: FileHandle, ...args) {
    return disk((...given) => original.apply(this, given), args, this);
  };
  try {
    return await work();
  } finally {
    prototype[call] = original;
  }
}

async function countOf(call: Call, work: () => Promise<unknown>): Promise<number> {
  let calls = 0;
  const counting: Disk = (proceed, args) => {
    calls += 1;
    return proceed(...args);
  };
  await withDisk(call, counting, work);
  return calls;
}

function failing(code: string): Disk {
  return () => Promise.reject(Object.assign(new Error(`${code}: as the test says`), { code }));
}

/** The first write takes only so many bytes; the next one fails. */
function tornAfter(bytes: number, code: string): Disk {
  let calls = 0;
  return (proceed, args, handle) => {
    calls += 1;
    return calls === 1 ? proceed(args[0], args[1], bytes) : failing(code)(proceed, args, handle);
  };
}

/** Every write takes only so many bytes. */
function short(bytes: number): Disk {
  return (proceed, [buffer, offset]) => proceed(buffer, offset, Math.min((buffer as Buffer).length - (offset as number), bytes));
}
