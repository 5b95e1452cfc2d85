import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loopInOrder } from './loop.mjs';

const { createBatch } = await import(`${process.env.LIBRARY}/index.js`);
const { fileSpool, sqliteSpool } = await import(`${process.env.LIBRARY}/node.js`);

const datasync = promisify(fdatasync);

const STORES = {
  file: (folder, durability) => fileSpool({ dir: folder, durability }),
  sqlite: (folder, durability) => sqliteSpool({ path: join(folder, 'spool.db'), durability }),
};

/** The store of a durable lane alone, fed by the loop: each batch is stored, then delivered, then removed. */
export function spool(destination, { kind, durability }) {
  return fedByLoop(destination, (folder) => {
    const errors = [];
    const store = STORES[kind](folder, durability).open('bench', (error) => errors.push(error));
    let onWritten;
    const opened = new Promise((resolve) => {
      store.recover(resolve, { onWritten: () => onWritten?.() });
    });
    let sequence = 0;
    return {
      async write(events) {
        await opened;
        sequence += 1;
        const batch = createBatch(events, sequence);
        store.put(batch);
        while (store.writing > 0) await new Promise((resolve) => (onWritten = resolve));
        if (!store.isSafe(batch, events[0])) throw new Error('A batch was not stored', { cause: errors[0] });
        return () => store.replace(batch, []);
      },
      close: () => new Promise((resolve) => store.close(resolve)),
    };
  });
}

/** The least that makes a batch durable: JSON, a write, `fdatasync`. */
export function syncedAppends(destination) {
  return fedByLoop(destination, (folder) => {
    const fd = openSync(join(folder, 'events.ndjson'), 'a');
    return {
      async write(events) {
        writeSync(fd, `${JSON.stringify(events)}\n`);
        await datasync(fd);
      },
      close: () => closeSync(fd),
    };
  });
}

function fedByLoop(destination, open) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const { write, close: closeStore } = open(folder);
  const { collect, close } = loopInOrder(async (count, events) => {
    const settle = await write(events);
    await destination(count);
    settle?.();
  });
  return {
    collect,
    async close() {
      await close();
      await closeStore();
      rmSync(folder, { recursive: true });
    },
  };
}
