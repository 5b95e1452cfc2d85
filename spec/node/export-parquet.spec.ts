import { expect } from 'chai';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import * as parquet from 'hyparquet-writer';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exportParquet, openEventStore, type EventStore, type ExportParquetOptions } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';
import { failureOf } from '../support/attempt.js';
import { anySqlite } from '../support/sqlite-drivers.js';

describe('exportParquet', () => {
  let folder: string;
  let path: string;
  let store: EventStore;

  beforeEach(async function () {
    store = openEventStore({ database: anySqlite(this)(':memory:') });
    folder = await mkdtemp(join(tmpdir(), 'parquet-'));
    path = join(folder, 'events.parquet');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const read = async (): Promise<Record<string, unknown>[]> => parquetReadObjects({ file: await asyncBufferFromFile(path) });

  it('writes the events of the store, in order of time', async () => {
    store.append([
      anEvent({ id: 'b', type: 'view', timestamp: 1_700_000_000_001, sessionId: undefined, data: null, weight: 2.5 }),
      anEvent({
        id: 'ä😀',
        category: 'error',
        priority: 'high',
        timestamp: 1_700_000_000_000,
        data: { deep: [{ text: '"' }, 1.5, true, null] },
        metadata: { os: 'linux' },
      }),
      anEvent({ id: 'c', timestamp: 8.65e15, data: 'text' }),
    ]);
    expect(await exportParquet(store, path, { parquet })).to.equal(3);
    expect(await read()).to.deep.equal([
      {
        id: 'ä😀',
        type: 'feature_used',
        category: 'error',
        priority: 'high',
        timestamp: new Date(1_700_000_000_000),
        session_id: 'session',
        weight: 1,
        data: { deep: [{ text: '"' }, 1.5, true, null] },
        metadata: { os: 'linux' },
      },
      {
        id: 'b',
        type: 'view',
        category: 'usage',
        priority: 'normal',
        timestamp: new Date(1_700_000_000_001),
        session_id: null,
        weight: 2.5,
        data: null,
        metadata: {},
      },
      {
        id: 'c',
        type: 'feature_used',
        category: 'usage',
        priority: 'normal',
        timestamp: null,
        session_id: 'session',
        weight: 1,
        data: 'text',
        metadata: {},
      },
    ]);
  });

  it('has the schema of the documentation', async () => {
    await exportParquet(store, path, { parquet });
    const { schema, num_rows: rows } = await parquetMetadataAsync(await asyncBufferFromFile(path));
    expect(rows).to.equal(0n);
    const lines = schema.slice(1).map(({ name, type, converted_type: converted, repetition_type: repetition }) => {
      const kind = { UTF8: 'string', JSON: 'JSON', TIMESTAMP_MILLIS: 'timestamp' }[String(converted)] ?? String(type).toLowerCase();
      return `| \`${name}\` | ${kind}${repetition === 'OPTIONAL' ? ', optional' : ''} |`;
    });
    const page = await readFile(new URL('../../docs/store.md', import.meta.url), 'utf8');
    for (const line of lines) expect(page).to.contain(line);
    expect(lines).to.have.length(9);
  });

  it('writes a time range, in groups', async () => {
    store.append(Array.from({ length: 25 }, (_, index) => anEvent({ id: String(index), timestamp: index })));
    expect(await exportParquet(store, pathToFileURL(path), { parquet, from: 2, to: 22, rowGroupSize: 7 })).to.equal(20);
    expect((await read()).map(({ id }) => id)).to.deep.equal(Array.from({ length: 20 }, (_, index) => String(index + 2)));
    const { row_groups: groups } = await parquetMetadataAsync(await asyncBufferFromFile(path));
    expect(groups.map(({ num_rows: rows }) => rows)).to.deep.equal([7n, 7n, 6n]);
  });

  it('leaves an existing file unchanged when it fails, and no other behind', async () => {
    await writeFile(path, 'before');
    store.append([anEvent()]);
    const failing = {
      ...parquet,
      parquetWriteRows: (options: Parameters<typeof parquet.parquetWriteRows>[0]): Promise<void> =>
        Promise.resolve(parquet.parquetWriteRows(options)).then(() => {
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        }),
    };
    expect(await failureOf(exportParquet(store, path, { parquet: failing }))).to.include({ kind: 'unavailable', code: 'ENOSPC' });
    expect(await readFile(path, 'utf8')).to.equal('before');
    expect(await readdir(folder)).to.deep.equal(['events.parquet']);
  });

  it('rejects with a SinkError for a folder that is missing, and for a closed store', async () => {
    const missing = join(folder, 'missing', 'events.parquet');
    expect(await failureOf(exportParquet(store, missing, { parquet }))).to.include({ kind: 'write_failed', code: 'ENOENT' });
    store.close();
    expect(await failureOf(exportParquet(store, path, { parquet }))).to.include({ code: 'STORE_CLOSED' });
    expect(existsSync(path)).to.equal(false);
  });

  it('rejects invalid arguments', async () => {
    const messageOf = async (...args: unknown[]): Promise<string> => {
      const error: unknown = await exportParquet(...(args as [EventStore, string, ExportParquetOptions<object>])).catch(
        (cause: unknown) => cause,
      );
      return error instanceof TypeError ? error.message : '';
    };
    expect(await messageOf({}, path, { parquet })).to.contain('Expected `store` to be an event store');
    expect(await messageOf(store, '', { parquet })).to.contain('Expected `path`');
    expect(await messageOf(store, path)).to.contain("Expected `parquet` to be the module 'hyparquet-writer'");
    expect(await messageOf(store, path, { parquet, rowGroup: 5 })).to.contain('Did you mean `rowGroupSize`?');
  });
});
