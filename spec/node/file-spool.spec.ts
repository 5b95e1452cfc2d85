import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { type SinkError, createBatch, createEvent, type EventBatch, type LaneSpool, type LaneStore } from '../../lib/index.js';
import { fileSpool, type FileSpoolOptions } from '../../lib/node/index.js';
import { describeLaneStoreContract } from '../../lib/testing/index.js';
import { until } from '../support/until.js';

describe('fileSpool', () => {
  let dir: string;
  const errors: unknown[] = [];
  const opened: LaneSpool<unknown>[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'spool-'));
    errors.length = 0;
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(closed));
    await rm(dir, { recursive: true, force: true });
  });

  const logs = async (): Promise<string[]> => (await readdir(join(dir, 'sink-http'))).filter((name) => name.endsWith('.log'));
  const batch = (n: number, size = 10): EventBatch<unknown> =>
    createBatch([createEvent({ type: 'counted', data: { n, padding: 'x'.repeat(size) } })], n);
  const numbersOf = (batches: readonly EventBatch<unknown>[]): number[] => batches.map(({ sequence }) => sequence);

  async function open(options: Partial<FileSpoolOptions> = {}): Promise<[LaneSpool<unknown>, readonly EventBatch<unknown>[]]> {
    const spool = fileSpool({ dir, ...options }).open<unknown>('http', (error) => errors.push(error));
    opened.push(spool);
    return [spool, await new Promise<readonly EventBatch<unknown>[]>((resolve) => spool.recover(resolve))];
  }

  /** Closes a spool, and waits until another one may open. */
  const closed = (spool: LaneSpool<unknown>): Promise<void> =>
    new Promise((resolve) => {
      spool.close(resolve);
    });

  describeFileSpoolContract();

  it('returns unsettled batches to a later run, in order', async () => {
    const [first] = await open();
    const batches = [1, 2, 3].map((n) => batch(n));
    for (const each of batches) first.put(each);
    first.replace(batches[1]!, []);
    const [a, b] = [batch(10), batch(11)];
    first.replace(batches[0]!, [a, b]);
    await closed(first);
    const [, recovered] = await open();
    expect(numbersOf(recovered)).to.deep.equal([10, 11, 3]);
    expect(JSON.stringify(recovered[2])).to.equal(JSON.stringify(batches[2]));
    expect(errors).to.deep.equal([]);
  });

  it('is empty again when everything is settled', async () => {
    const [spool] = await open();
    const batches = [1, 2].map((n) => batch(n));
    for (const each of batches) spool.put(each);
    for (const each of batches) spool.replace(each, []);
    await closed(spool);
    expect(await logs()).to.deep.equal([]);
  });

  it('frees the space of settled batches, even behind a live one', async () => {
    const [spool] = await open();
    const stays = batch(0);
    spool.put(stays);
    for (let n = 1; n <= 60; n += 1) {
      const each = batch(n, 1_000_000);
      spool.put(each);
      expect(spool.isSafe(each, each.events[0])).to.equal(true);
      spool.replace(each, []);
    }
    expect((await logs()).length).to.be.at.most(4);
    await closed(spool);
    const [, recovered] = await open();
    expect(numbersOf(recovered)).to.deep.equal([0]);
    expect(errors).to.deep.equal([]);
  });

  it('refuses batches beyond `maxBytes`, and accepts more once there is space', async () => {
    const [spool] = await open({ maxBytes: 5_000 });
    const [first, second] = [batch(1, 3_000), batch(2, 3_000)];
    spool.put(first);
    spool.put(second);
    expect([spool.isSafe(first, first.events[0]), spool.isSafe(second, second.events[0])]).to.deep.equal([true, false]);
    expect((errors[0] as SinkError).code).to.equal('SPOOL_FULL');
    // The remainder of a batch does not fit either; the batch must not come back all the same.
    spool.replace(first, [batch(3, 6_000)]);
    await closed(spool);
    const [, recovered] = await open({ maxBytes: 5_000 });
    expect(recovered).to.deep.equal([]);
  });

  it('makes batches safe after fdatasync with `durability: disk`', async () => {
    const [spool] = await open({ durability: 'disk' });
    const each = batch(1);
    spool.put(each);
    expect(spool.isSafe(each, each.events[0])).to.equal(false);
    while (!spool.isSafe(each, each.events[0])) await setImmediate();
    expect(errors).to.deep.equal([]);
  });

  it('skips damaged lines and a torn end, and reports them', async () => {
    const [spool] = await open();
    for (const n of [1, 2, 3]) spool.put(batch(n));
    await closed(spool);
    const path = join(dir, 'sink-http', (await logs())[0]!);
    const lines = (await readFile(path, 'utf8')).split('\n');
    lines[2] = lines[2]!.replace('"position"', '"positiom"');
    await writeFile(path, lines.join('\n'));
    await appendFile(path, '0badc0de {"put":[{"id":"');
    const [, recovered] = await open();
    expect(numbersOf(recovered)).to.deep.equal([1, 3]);
    expect((errors[0] as SinkError).code).to.equal('SPOOL_DAMAGED');
    expect((errors[0] as SinkError).message).to.match(/^2 damaged records in /);
  });

  it('reads a segment whose first line is damaged', async () => {
    const [spool] = await open();
    for (const n of [1, 2]) spool.put(batch(n));
    await closed(spool);
    const path = join(dir, 'sink-http', (await logs())[0]!);
    await writeFile(path, (await readFile(path, 'utf8')).replace('rx-', 'rx_'));
    const [, recovered] = await open();
    expect(numbersOf(recovered)).to.deep.equal([1, 2]);
    expect(errors.map((error) => (error as SinkError).code)).to.deep.equal(['SPOOL_DAMAGED']);
  });

  it('does not change foreign files, and reports those with the name of a segment', async () => {
    const folder = join(dir, 'sink-http');
    await mkdir(join(folder, '00000007.log'), { recursive: true });
    const foreign = { '00000003.log': 'GET / 200\n'.repeat(100), '00000005.log': 'x', '0000000009.log': 'x', 'notes.txt': 'x' };
    for (const [name, text] of Object.entries(foreign)) await writeFile(join(folder, name), text);
    const [first] = await open();
    for (const n of [1, 2]) first.put(batch(n, 600_000));
    await closed(first);
    const [second, recovered] = await open();
    expect(numbersOf(recovered)).to.deep.equal([1, 2]);
    for (const each of recovered) second.replace(each, []);
    await closed(second);
    expect(new Set(errors.map((error) => (error as SinkError).code))).to.deep.equal(new Set(['SPOOL_DAMAGED']));
    for (const [name, text] of Object.entries(foreign)) expect(await readFile(join(folder, name), 'utf8')).to.equal(text);
    expect((await readdir(folder)).sort()).to.deep.equal(['00000007.log', ...Object.keys(foreign)].sort());
  });

  it('removes the remains of a segment after a crash of the machine', async () => {
    await mkdir(join(dir, 'sink-http'));
    await writeFile(join(dir, 'sink-http', '00000001.log'), Buffer.alloc(4_096));
    await writeFile(join(dir, 'sink-http', '00000002.log'), '');
    await writeFile(join(dir, 'sink-http', '00000003.log'), 'rx-event-coll');
    const [spool, recovered] = await open();
    expect(recovered).to.deep.equal([]);
    await closed(spool);
    expect(await logs()).to.deep.equal([]);
    expect((errors[0] as SinkError).message).to.match(/^1 damaged records in /);
  });

  it('leaves files of another format alone', async () => {
    const [spool] = await open();
    spool.put(batch(1));
    await closed(spool);
    const path = join(dir, 'sink-http', (await logs())[0]!);
    await writeFile(path, 'rx-event-collector spool 2\n');
    const [, recovered] = await open();
    expect(recovered).to.deep.equal([]);
    expect((errors[0] as SinkError).code).to.equal('SPOOL_FORMAT');
    expect(await readFile(path, 'utf8')).to.equal('rx-event-collector spool 2\n');
  });

  it('belongs to one process at a time', async () => {
    const [first] = await open();
    first.put(batch(1));
    const [second, recovered] = await open();
    expect(recovered).to.deep.equal([]);
    expect((errors[0] as SinkError).code).to.equal('FILE_LOCKED');
    const each = batch(2);
    second.put(each);
    expect(second.isSafe(each, each.events[0])).to.equal(false);
  });

  describe('while another process uses the folder', () => {
    const wait = async (clock: VirtualTimeScheduler, ms: number): Promise<void> => {
      clock.maxFrames = clock.frame + ms;
      clock.schedule(() => undefined, ms);
      clock.flush();
      await setImmediate();
    };

    it('recovers its batches within 15 s after it ends, and stores from then on', async () => {
      const [first] = await open();
      for (const n of [1, 2]) first.put(batch(n));
      const scheduler = new VirtualTimeScheduler();
      const later: number[] = [];
      const second = fileSpool({ dir, scheduler }).open<unknown>('http', (error) => errors.push(error));
      opened.push(second);
      await new Promise<void>((resolve) => {
        second.recover((batches) => {
          later.push(...numbersOf(batches));
          resolve();
        });
      });
      await wait(scheduler, 15_000);
      expect(later).to.deep.equal([]);
      await closed(first);
      await wait(scheduler, 15_000);
      await until(() => later.length === 2);
      expect(later).to.deep.equal([1, 2]);
      const each = batch(3);
      second.put(each);
      expect(second.isSafe(each, each.events[0])).to.equal(true);
      expect(errors.map((error) => (error as SinkError).code)).to.deep.equal(['FILE_LOCKED']);
    });

    it('stores nothing more once it has taken the lock, and does not change its files', async () => {
      const scheduler = new VirtualTimeScheduler();
      const [first] = await open({ scheduler });
      first.put(batch(1));
      await writeFile(join(dir, 'sink-http', 'lock.lock'), JSON.stringify({ pid: 1, host: 'another', token: 'x' }));
      await wait(scheduler, 15_000);
      const each = batch(2);
      first.put(each);
      expect(first.isSafe(each, each.events[0])).to.equal(false);
      await closed(first);
      expect(await logs()).to.have.length(1);
      expect(new Set(errors.map((error) => (error as SinkError).code))).to.deep.equal(new Set(['FILE_LOCKED']));
    });

    it('has no timer while it is open and idle', async () => {
      const scheduler = new VirtualTimeScheduler();
      const [spool] = await open({ scheduler });
      const each = batch(1);
      spool.put(each);
      expect(scheduler.actions).to.have.length(1);
      spool.replace(each, []);
      await wait(scheduler, 15_000);
      expect(scheduler.actions).to.have.length(0);
    });
  });

  it('reports a folder that cannot be created', async () => {
    await writeFile(join(dir, 'file'), '');
    const [, recovered] = await open({ dir: join(dir, 'file') });
    expect(recovered).to.deep.equal([]);
    expect((errors[0] as SinkError).code).to.equal('ENOTDIR');
  });

  it('creates a folder for each sink with any name', () => {
    for (const name of ['..', 'a/b', 'ä*', 'CON']) expect(() => fileSpool({ dir }).open(name, () => undefined)).not.to.throw();
  });

  it('refuses invalid options', () => {
    expect(() => fileSpool({ dir: '' })).to.throw(TypeError, 'Expected `dir` to be');
    expect(() => fileSpool({ dir, durability: 'fsync' as never })).to.throw(TypeError, 'Expected `durability` to be');
    expect(() => fileSpool({ dir, maxByte: 1 } as never)).to.throw(TypeError, 'Did you mean `maxBytes`?');
  });
});

/** The suite that every store passes. A crash leaves what is in the files: the copy's lock is that of a process which is gone. */
function describeFileSpoolContract(): void {
  const places = new Map<LaneStore, string>();
  const at = (dir: string, options: Partial<FileSpoolOptions> = {}): LaneStore => {
    const store = fileSpool({ dir, ...options });
    places.set(store, dir);
    return store;
  };
  const folder = (): string => mkdtempSync(join(tmpdir(), 'spool-contract-'));
  for (const durability of ['process', 'disk'] as const) {
    describeLaneStoreContract(`fileSpool with durability '${durability}'`, {
      create: () => at(folder(), { durability }),
      crash: (store) => {
        const copy = folder();
        cpSync(places.get(store) ?? '', copy, { recursive: true });
        rmSync(join(copy, 'sink-http', 'lock.lock'));
        return at(copy, { durability });
      },
      damage: async (store) => {
        const path = join(places.get(store) ?? '', 'sink-http', '00000001.log');
        const lines = (await readFile(path, 'utf8')).split('\n');
        await writeFile(path, lines.map((line, index) => (index === 2 ? line.replace('position', 'positiom') : line)).join('\n'));
      },
      bounded: () => at(folder(), { durability, maxBytes: 100_000 }),
      failing: () => {
        const dir = folder();
        writeFileSync(join(dir, 'file'), '');
        return at(join(dir, 'file'), { durability });
      },
      teardown: () => {
        for (const dir of places.values()) rmSync(dir, { recursive: true, force: true });
        places.clear();
      },
    });
  }
}
