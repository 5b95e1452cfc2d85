import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { from, lastValueFrom } from 'rxjs';
import { createBatch } from '../../lib/event/batch-of.js';
import { ndjsonFileSink, type NdjsonFileSink } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';

const LOGROTATE = '/usr/sbin/logrotate';

describe('ndjsonFileSink and a file that other programs move', () => {
  let folder: string;
  let path: string;
  let sink: NdjsonFileSink;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moved-file-'));
    path = join(folder, 'logs', 'events.ndjson');
    sink = ndjsonFileSink({ path });
  });

  afterEach(async () => {
    const closed = sink.close?.();
    if (closed !== undefined) await lastValueFrom(from(closed), { defaultValue: undefined });
    await rm(folder, { recursive: true, force: true });
  });

  const send = async (...ids: string[]): Promise<void> => {
    const batch = createBatch(
      ids.map((id) => anEvent({ id })),
      1,
    );
    const work = sink.process(batch, { signal: new AbortController().signal, attempt: 1 });
    if (work !== undefined) await lastValueFrom(from(work), { defaultValue: undefined });
  };
  const idsIn = (file: string): string[] => {
    const bytes = readFileSync(file);
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { id: string }).id);
  };

  it('continues in a new file after a rename', async () => {
    await send('1');
    await rename(path, `${path}.1`);
    await send('2');
    expect([idsIn(`${path}.1`), idsIn(path)]).to.deep.equal([['1'], ['2']]);
  });

  it('continues in the file that replaces it', async () => {
    await send('1');
    await rename(path, `${path}.1`);
    await writeFile(path, '');
    await send('2');
    expect([idsIn(`${path}.1`), idsIn(path)]).to.deep.equal([['1'], ['2']]);
  });

  it('continues after the file, or its folder, was deleted', async () => {
    await send('1');
    await rm(path);
    await send('2');
    expect(idsIn(path)).to.deep.equal(['2']);
    await rm(join(folder, 'logs'), { recursive: true });
    await send('3');
    expect(idsIn(path)).to.deep.equal(['3']);
  });

  for (const [what, move] of Object.entries({
    renamed: () => rename(path, `${path}.1`),
    deleted: () => rm(path),
  })) {
    it(`repeats the write of a batch whose file was ${what} meanwhile`, async () => {
      await send('1');
      const handle = await probe(path);
      const { write } = handle;
      let isMoved = false;
      handle.write = async function (this: unknown, ...args: unknown[]) {
        const result: unknown = await Reflect.apply(write, this, args);
        if (!isMoved) {
          isMoved = true;
          await move();
        }
        return result;
      };
      try {
        await send('2', '3');
      } finally {
        handle.write = write;
      }
      expect(idsIn(path)).to.deep.equal(['2', '3']);
      if (what === 'renamed') expect(idsIn(`${path}.1`)).to.deep.equal(['1']);
    });
  }

  it('releases the file at `reopen`', async () => {
    await sink.reopen();
    expect(existsSync(path)).to.equal(false);
    await send('1');
    await sink.reopen();
    await send('2');
    expect(idsIn(path)).to.deep.equal(['1', '2']);
  });

  it('has every delivered event on disk after several runs of logrotate', async function () {
    if (!existsSync(LOGROTATE)) this.skip();
    const logs = join(folder, 'logs');
    await mkdir(logs, { mode: 0o755 });
    const config = join(folder, 'logrotate.conf');
    await writeFile(config, `${path} {\n  su root root\n  create 0644 root root\n  compress\n  rotate 20\n  missingok\n}\n`, {
      mode: 0o644,
    });
    const ids: string[] = [];
    for (let n = 0; n < 300; n += 1) {
      ids.push(String(n));
      await send(String(n));
      if (n % 60 === 59) execFileSync(LOGROTATE, ['--force', '--state', join(folder, 'state'), config], { stdio: 'pipe' });
    }
    const found = readdirSync(logs).flatMap((name) => idsIn(join(logs, name)));
    expect(readdirSync(logs).length).to.be.greaterThan(3);
    expect(found.sort()).to.deep.equal(ids.sort());
  });
});

/** The prototype of all file handles. */
async function probe(path: string): Promise<{ write: (...args: unknown[]) => Promise<unknown> }> {
  const { open } = await import('node:fs/promises');
  const handle = await open(path, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as { write: (...args: unknown[]) => Promise<unknown> };
}
