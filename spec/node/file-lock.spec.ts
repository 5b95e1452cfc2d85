import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm, symlink } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import { FileLock } from '../../lib/node/file-lock.js';
import { ndjsonFileSink } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';

const ROOT = join(import.meta.dirname, '../..');
const WRITER = ['--import', 'tsx', join(ROOT, 'spec/support/programs/file-writer.ts')];
const TOO_LONG_MS = 60_000;

describe('FileLock', function () {
  this.timeout(TOO_LONG_MS);
  let folder: string;
  let path: string;
  let now: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'file-lock-'));
    path = join(folder, 'deep', 'events.ndjson');
    now = Date.now();
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const lock = (): FileLock => new FileLock(path, () => now);
  const refusalOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );
  const writeLock = (owner: object | string): void =>
    writeFileSync(`${path}.lock`, typeof owner === 'string' ? owner : JSON.stringify(owner));

  it('is held by one writer at a time', async () => {
    const [first, second] = [lock(), lock()];
    await first.hold();
    const error = await refusalOf(second.hold());
    expect(error).to.include({ kind: 'unavailable', code: 'FILE_LOCKED', retryable: true });
    expect(error)
      .to.have.property('message')
      .that.contains(`process ${String(process.pid)}, which holds ${path}.lock`);
    await first.hold();
    first.release();
    await second.hold();
    first.release();
    expect(await refusalOf(first.hold())).to.include({ code: 'FILE_LOCKED' });
    second.release();
    expect(existsSync(`${path}.lock`)).to.equal(false);
  });

  it('is removed if its owner cannot be written, as on a full disk', async () => {
    await mkdir(join(folder, 'deep'));
    const probe = await open(join(folder, 'probe'), 'w');
    await probe.close();
    const { prototype } = probe.constructor as { readonly prototype: { writeFile: unknown } };
    const { writeFile } = prototype;
    prototype.writeFile = () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
    const error = await refusalOf(lock().hold());
    prototype.writeFile = writeFile;
    expect(error).to.include({ code: 'ENOSPC' });
    await lock().hold();
  });

  it('is taken over from a dead process, even if another process has its id', async () => {
    const dead = 2 ** 22 - 1;
    await lock().hold();
    for (const owner of [
      { pid: dead, host: hostname(), token: 'x' },
      { pid: process.ppid, host: hostname(), startedAt: '1', token: 'x' },
      { pid: process.pid, host: hostname(), startedAt: '1', token: 'x' },
    ]) {
      writeLock(owner);
      const taker = lock();
      await taker.hold();
      taker.release();
    }
  });

  it('is taken over from another host, or from an unreadable file, only if it has not been renewed', async () => {
    await lock().hold();
    for (const owner of [{ pid: 1, host: 'another', token: 'x' }, '', '{ "pid"', '5']) {
      writeLock(owner);
      expect(await refusalOf(lock().hold())).to.include({ code: 'FILE_LOCKED' });
      utimesSync(`${path}.lock`, now / 1_000 - 61, now / 1_000 - 61);
      const taker = lock();
      await taker.hold();
      taker.release();
    }
  });

  it('is not held any longer after another host has taken it over', async () => {
    const idle = lock();
    await idle.hold();
    now += 120_000;
    writeLock({ pid: 1, host: 'another', token: 'x' });
    utimesSync(`${path}.lock`, now / 1_000, now / 1_000);
    expect(await refusalOf(idle.hold())).to.include({ code: 'FILE_LOCKED' });
  });

  it('is taken by exactly one of several writers that find it stale', async () => {
    await lock().hold();
    writeLock({ pid: 2 ** 22 - 1, host: hostname(), token: 'x' });
    const results = await Promise.all(Array.from({ length: 8 }, () => refusalOf(lock().hold())));
    expect(results.filter((each) => each === undefined)).to.have.length(1);
  });

  it('keeps several processes from losing events in a rotating file', async () => {
    const run = (name: string): Promise<{ delivered: number; codes: string[] }> =>
      promisify(execFile)(process.execPath, [...WRITER, path, name, '200'], { cwd: ROOT }).then(
        ({ stdout }) => JSON.parse(stdout) as { delivered: number; codes: string[] },
      );
    const results = await Promise.all(['a', 'b', 'c'].map(run));
    expect(results.flatMap(({ codes }) => codes).filter((code) => code !== 'FILE_LOCKED')).to.deep.equal([]);
    expect(linesIn(join(folder, 'deep'))).to.equal(results.reduce((sum, { delivered }) => sum + delivered, 0));
  });

  it('is the same for every link to a file', async () => {
    await mkdir(join(folder, 'deep'));
    writeFileSync(path, '');
    const link = join(folder, 'link.ndjson');
    await symlink(path, link);
    const [first, second] = [ndjsonFileSink({ path, rotate: {} }), ndjsonFileSink({ path: link, rotate: { maxBytes: 1 } })];
    const batch = createBatch([anEvent()], 1);
    const context = { signal: new AbortController().signal, attempt: 1 };
    await first.process(batch, context);
    expect(await refusalOf(Promise.resolve(second.process(batch, context)))).to.have.property('code', 'FILE_LOCKED');
    await first.close?.();
    await second.process(batch, context);
    await second.close?.();
    expect(linesIn(join(folder, 'deep'))).to.equal(2);
    expect(lstatSync(link).isSymbolicLink()).to.equal(true);
  });

  it('is taken over from a process that was killed', async () => {
    const child = spawn(process.execPath, [...WRITER, path, 'a', '0'], { cwd: ROOT });
    await once(child.stdout, 'data');
    expect(await refusalOf(lock().hold())).to.include({ code: 'FILE_LOCKED' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await lock().hold();
  });

  it('is not needed with the process id in the path', async () => {
    const sink = ndjsonFileSink({ path: join(folder, 'events.{pid}.ndjson') });
    await sink.process(
      { id: 'a', sequence: 1, createdAt: 0, events: [], reason: 'flush' },
      { signal: new AbortController().signal, attempt: 1 },
    );
    const { stdout } = await promisify(execFile)(process.execPath, [...WRITER, join(folder, 'events.{pid}.ndjson'), 'a', '1'], {
      cwd: ROOT,
    });
    expect(JSON.parse(stdout)).to.deep.equal({ delivered: 20, codes: [] });
    expect(readdirSync(folder).filter((name) => /^events\.\d+\.ndjson$/.test(name))).to.have.length(1);
  });
});

function linesIn(folder: string): number {
  return readdirSync(folder)
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').length - 1;
    })
    .reduce((sum, count) => sum + count, 0);
}
