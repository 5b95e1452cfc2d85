import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { from, lastValueFrom, VirtualTimeScheduler, type ObservableInput } from 'rxjs';
import { createBatch } from '../../lib/event/batch-of.js';
import { ndjsonFileSink, type FileRotation, type NdjsonFileSinkOptions } from '../../lib/node/index.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { anEvent } from '../support/an-event.js';

const START = Date.parse('2026-11-23T08:15:00Z');
/** Of one event as these tests write it. */
const LINE_BYTES = Buffer.byteLength(`${JSON.stringify(anEvent({ id: '00' }))}\n`);

describe('ndjsonFileSink with rotation', () => {
  let folder: string;
  let path: string;
  let scheduler: VirtualTimeScheduler;
  const opened: EventSink[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotation-'));
    path = join(folder, 'events.ndjson');
    scheduler = new VirtualTimeScheduler();
    scheduler.frame = START;
  });

  afterEach(async () => {
    for (const sink of opened.splice(0)) await run(sink.close?.());
    await rm(folder, { recursive: true, force: true });
  });

  function sinkWith(rotate: FileRotation, options: Partial<NdjsonFileSinkOptions> = {}): EventSink {
    const sink = ndjsonFileSink({ path, rotate, scheduler, ...options });
    opened.push(sink);
    return sink;
  }

  /** The ids in each file, closed ones first, oldest first. */
  async function files(): Promise<Record<string, string[]>> {
    const names = (await readdir(folder))
      .filter((name) => !name.endsWith('.lock'))
      .sort((a, b) => Number(a === 'events.ndjson') - Number(b === 'events.ndjson') || (a < b ? -1 : 1));
    const found: Record<string, string[]> = {};
    for (const name of names) {
      const bytes = await readFile(join(folder, name));
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
      expect(text === '' || text.endsWith('\n')).to.equal(true);
      found[name] = text
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { id: string }).id);
    }
    return found;
  }

  it('starts another file before the current one would exceed its limit', async () => {
    const sink = sinkWith({ maxBytes: 3 * LINE_BYTES });
    await send(sink, '01', '02');
    await send(sink, '03');
    scheduler.frame += 1_500;
    await send(sink, '04');
    await send(sink, '05', '06', '07', '08');
    await send(sink, '09');
    expect(await files()).to.deep.equal({
      'events.2026-11-23T08-15-01.500Z.ndjson': ['01', '02', '03'],
      'events.2026-11-23T08-15-01.501Z.ndjson': ['04'],
      // A batch stays together, and comes from nowhere twice.
      'events.2026-11-23T08-15-01.502Z.ndjson': ['05', '06', '07', '08'],
      'events.ndjson': ['09'],
    });
  });

  it('starts another file with the next batch when the current one is old enough', async () => {
    const sink = sinkWith({ maxAgeMs: 1_000 });
    await send(sink, '01');
    scheduler.frame += 999;
    await send(sink, '02');
    scheduler.frame += 1;
    await send(sink, '03');
    scheduler.frame += 999;
    await send(sink, '04');
    expect(Object.values(await files())).to.deep.equal([
      ['01', '02'],
      ['03', '04'],
    ]);
  });

  it('begins another file in time, though the clock was set back', async () => {
    const sink = sinkWith({ maxAgeMs: 1_000 });
    await send(sink, '01');
    scheduler.frame -= 86_400_000;
    await send(sink, '02');
    scheduler.frame += 1_000;
    await send(sink, '03');
    expect(Object.values(await files())).to.deep.equal([['01', '02'], ['03']]);
  });

  it('considers the age and size of a file that an earlier process started', async () => {
    await send(sinkWith({}), '01', '02');
    await run(opened[0]?.close?.());
    scheduler.frame = Date.now() + 60_000;
    await send(sinkWith({ maxAgeMs: 120_000, maxBytes: 3 * LINE_BYTES }), '03');
    await run(opened[1]?.close?.());
    expect(await readdir(folder)).to.deep.equal(['events.ndjson']);
    await send(sinkWith({ maxBytes: 3 * LINE_BYTES }), '04');
    await run(opened[2]?.close?.());
    expect(Object.values(await files())).to.deep.equal([['01', '02', '03'], ['04']]);
    scheduler.frame = Date.now() + 60_000;
    await send(sinkWith({ maxAgeMs: 30_000 }), '05');
    expect(Object.values(await files())).to.deep.equal([['01', '02', '03'], ['04'], ['05']]);
  });

  it('compresses closed files, and has finished when the sink is closed', async () => {
    const sink = sinkWith({ maxBytes: LINE_BYTES, gzip: true });
    for (const id of ['01', '02', '03']) await send(sink, id);
    await run(sink.close?.());
    expect(await files()).to.deep.equal({
      'events.2026-11-23T08-15-00.000Z.ndjson.gz': ['01'],
      'events.2026-11-23T08-15-00.001Z.ndjson.gz': ['02'],
      'events.ndjson': ['03'],
    });
  });

  it('finishes files that a dying process left uncompressed, partly compressed, or compressed but not deleted', async () => {
    const line = (id: string): string => `${JSON.stringify(anEvent({ id }))}\n`;
    await writeFile(join(folder, 'events.2026-01-01T00-00-00.000Z.ndjson'), line('01'));
    await writeFile(join(folder, 'events.2026-01-01T00-00-00.000Z.ndjson.gz.part'), gzipSync(line('01')).subarray(0, 9));
    await writeFile(join(folder, 'events.2026-01-02T00-00-00.000Z.ndjson'), line('02'));
    await writeFile(join(folder, 'events.2026-01-02T00-00-00.000Z.ndjson.gz'), gzipSync(line('02')));
    const sink = sinkWith({ gzip: true });
    await send(sink, '03');
    await run(sink.close?.());
    expect(await files()).to.deep.equal({
      'events.2026-01-01T00-00-00.000Z.ndjson.gz': ['01'],
      'events.2026-01-02T00-00-00.000Z.ndjson.gz': ['02'],
      'events.ndjson': ['03'],
    });
  });

  it('keeps `maxFiles` closed files, compressed or not, and does not touch others', async () => {
    for (const name of ['events.old.ndjson', 'others.2026-01-01T00-00-00.000Z.ndjson', 'eventsX2026-01-01T00-00-00.000Z.ndjson'])
      await writeFile(join(folder, name), '');
    const sink = sinkWith({ maxBytes: 1, maxFiles: 2, gzip: true });
    for (const id of ['01', '02', '03', '04', '05']) await send(sink, id);
    await run(sink.close?.());
    const { 'events.ndjson': last, ...rest } = await files();
    expect(last).to.deep.equal(['05']);
    expect(Object.values(rest).filter((ids) => ids.length > 0)).to.deep.equal([['03'], ['04']]);
    expect(Object.keys(rest)).to.include.members([
      'events.old.ndjson',
      'others.2026-01-01T00-00-00.000Z.ndjson',
      'eventsX2026-01-01T00-00-00.000Z.ndjson',
    ]);
  });

  it('makes a file durable before it is renamed', async () => {
    const sink = sinkWith({ maxBytes: LINE_BYTES }, { fsync: { everyMs: 1_000 } });
    await send(sink, '01');
    scheduler.frame += 500;
    await send(sink, '02');
    // The timer of the first file has gone with it.
    expect(scheduler.actions.filter(({ closed }) => !closed).map(({ delay }) => delay)).to.deep.equal([START + 1_500]);
  });

  it('makes it durable even if only flush syncs, because flush cannot reach it any more', async () => {
    const probe = await open(join(folder, 'probe'), 'w');
    await probe.close();
    const prototype = Object.getPrototypeOf(probe) as Pick<FileHandle, 'datasync'>;
    const { datasync } = prototype;
    let syncs = 0;
    const sink = sinkWith({ maxBytes: LINE_BYTES });
    try {
      prototype.datasync = function () {
        syncs += 1;
        return datasync.call(this);
      };
      for (const id of ['01', '02', '03']) await send(sink, id);
    } finally {
      prototype.datasync = datasync;
    }
    expect(syncs).to.equal(2);
  });

  it('continues with a file that cannot be renamed', async function () {
    const sink = sinkWith({ maxBytes: LINE_BYTES });
    await send(sink, '01');
    await rename(path, join(folder, 'elsewhere'));
    await send(sink, '02');
    expect(await files()).to.deep.equal({ elsewhere: ['01'], 'events.ndjson': ['02'] });
  });

  it('delivers to a full disk once there is room again: nothing torn, nothing twice', async function () {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      this.skip();
    }
    try {
      path = join(disk, 'events.ndjson');
      const sink = sinkWith({ maxBytes: 100_000, gzip: true }, { fsync: 'batch' });
      const batches = Array.from({ length: 40 }, (_, batch) =>
        Array.from({ length: 10 }, (_, index) => `${String(batch)}.${String(index)}`),
      );
      const sendBig = (ids: readonly string[]): Promise<void> =>
        run(
          sink.process(
            createBatch(
              ids.map((id) => anEvent({ id, data: incompressible(id) })),
              1,
            ),
            { signal: new AbortController().signal, attempt: 1 },
          ) ?? undefined,
        );
      const refused: string[][] = [];
      for (const ids of batches) {
        await sendBig(ids).catch((error: unknown) => {
          expect(error).to.include({ kind: 'unavailable', code: 'ENOSPC', retryable: true });
          refused.push(ids);
        });
      }
      expect(refused.length).to.be.greaterThan(0).and.below(40);
      execFileSync('mount', ['-o', 'remount,size=8m', disk]);
      for (const ids of refused) await sendBig(ids);
      await run(sink.close?.());
      folder = disk;
      const found = Object.values(await files()).flat();
      expect(found.sort()).to.deep.equal(batches.flat().sort());
    } finally {
      folder = join(disk, '..');
      execFileSync('umount', [disk]);
    }
  });
});

function incompressible(seed: string): string {
  let state = [...seed].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 2_147_483_647, 7);
  return Array.from({ length: 2_000 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}

async function send(sink: EventSink, ...ids: string[]): Promise<void> {
  const batch = createBatch(
    ids.map((id) => anEvent({ id })),
    1,
  );
  await run(sink.process(batch, { signal: new AbortController().signal, attempt: 1 }) ?? undefined);
}

async function run(work: ObservableInput<unknown> | undefined): Promise<void> {
  if (work !== undefined) await lastValueFrom(from(work), { defaultValue: undefined });
}
