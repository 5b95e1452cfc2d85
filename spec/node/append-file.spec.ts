import { expect } from 'chai';
import { mkdtemp, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppendFile } from '../../lib/node/append-file.js';

describe('AppendFile', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'append-file-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('makes the folder entry of a new file durable even if it was created while that of the previous one was synced', async () => {
    const file = new AppendFile(join(folder, 'events.ndjson'));
    const { signal } = new AbortController();
    const line = Buffer.from('{}\n');
    const probe = await open(folder, 'r');
    await probe.close();
    const prototype = Object.getPrototypeOf(probe) as Pick<FileHandle, 'sync'>;
    const { sync } = prototype;
    let folderSyncs = 0;
    let release = (): void => undefined;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    try {
      await file.append(line, signal);
      const isHeld = new Promise<void>((resolve) => {
        prototype.sync = async function () {
          folderSyncs += 1;
          resolve();
          await isReleased;
          return sync.call(this);
        };
      });
      const synced = file.sync();
      await isHeld;
      await file.close();
      await rename(file.path, join(folder, 'closed.ndjson'));
      await file.append(line, signal);
      release();
      await synced;
      await file.sync();
      await file.sync();
      expect(folderSyncs).to.equal(2);
    } finally {
      prototype.sync = sync;
      await file.close();
    }
  });
});
