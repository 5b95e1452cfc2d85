import { renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { anInteger, aScheduler, checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { aPath } from './a-path.js';
import { aTime } from './event-queries.js';
import type { EventTimeRange } from './event-query.js';
import type { EventStore } from './event-store.js';
import { failAs } from './file-error.js';

/** The part of `hyparquet-writer` that is used. */
export interface ParquetWriterModule<W> {
  fileWriter(path: string): W;
  parquetWriteRows(options: ParquetRows<W>): void | Promise<void>;
}

export interface ParquetRows<W> {
  readonly writer: W;
  readonly rows: AsyncIterable<Record<string, unknown>>;
  readonly columns: ParquetColumn[];
  readonly rowGroupSize: number;
}

export interface ParquetColumn {
  readonly name: string;
  readonly type: 'STRING' | 'TIMESTAMP' | 'DOUBLE' | 'JSON';
  readonly nullable: boolean;
}

export interface ExportParquetOptions<W> extends EventTimeRange {
  /** The module: `import * as parquet from 'hyparquet-writer'`. */
  readonly parquet: ParquetWriterModule<W>;
  /** Events per row group. One group at a time is in memory. @default 10_000 */
  readonly rowGroupSize?: number | undefined;
  /** Schedules each row group, so that other work can run in between. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

const aParquetModule: Expectation = {
  expected: "the module 'hyparquet-writer', with `fileWriter` and `parquetWriteRows`",
  accepts: (value) => isObject(value) && [value.fileWriter, value.parquetWriteRows].every(isFunction),
};
const aStore: Expectation = { expected: 'an event store', accepts: (value) => isObject(value) && isFunction(value.byTime) };

const OPTIONS = optionsOf<ExportParquetOptions<unknown>, 'from' | 'to'>(() => ({
  parquet: aParquetModule,
  from: [aTime],
  to: [aTime],
  rowGroupSize: [anInteger(1), 10_000],
  scheduler: [aScheduler, asyncScheduler],
}));

/** The schema of the files; `docs/store.md` describes it. Columns may be added, but existing ones must not change. */
const COLUMNS: readonly ParquetColumn[] = [
  { name: 'id', type: 'STRING', nullable: false },
  { name: 'type', type: 'STRING', nullable: false },
  { name: 'category', type: 'STRING', nullable: false },
  { name: 'priority', type: 'STRING', nullable: true },
  { name: 'timestamp', type: 'TIMESTAMP', nullable: true },
  { name: 'session_id', type: 'STRING', nullable: true },
  { name: 'weight', type: 'DOUBLE', nullable: false },
  { name: 'data', type: 'JSON', nullable: true },
  { name: 'metadata', type: 'JSON', nullable: true },
];

/**
 * Writes the events of a store to a Parquet file, ordered by time, and returns their number. DuckDB, Spark, pandas and other tools read it.
 *
 * The file is created when it is complete, and replaces an existing one; after a failure, the existing file is unchanged. Events that are stored in
 * the meantime may or may not be included.
 *
 * @throws TypeError for an invalid or unknown option; SinkError when the store can't be read or the file can't be written
 * @example
 * const { parquetMetadataAsync, asyncBufferFromFile } = await import('hyparquet');
 * const store = openEventStore({ path: ':memory:' });
 * store.append([createEvent({ type: 'search', data: { term: 'rx' } })]);
 *
 * expect(await exportParquet(store, 'events.parquet', { parquet: await import('hyparquet-writer') })).to.equal(1);
 * expect((await parquetMetadataAsync(await asyncBufferFromFile('events.parquet'))).num_rows).to.equal(1n);
 * store.close();
 */
export async function exportParquet<W>(
  store: Pick<EventStore, 'byTime'>,
  path: string | URL,
  options: ExportParquetOptions<W>,
): Promise<number> {
  checkArgument('store', store, aStore);
  checkArgument('path', path, aPath);
  const { from, to, rowGroupSize, scheduler } = OPTIONS.parse(options);
  const { parquet } = options;
  const file = path instanceof URL ? fileURLToPath(path) : path;
  const part = `${file}.part`;
  let count = 0;

  async function* rows(): AsyncGenerator<Record<string, unknown>> {
    let page: readonly AnalyticsEvent[] = [];
    do {
      page = store.byTime({ from, to, after: page.at(-1), limit: rowGroupSize });
      count += page.length;
      for (const event of page) yield rowOf(event);
      await new Promise<void>((resolve) => {
        scheduler.schedule(() => resolve());
      });
    } while (page.length === rowGroupSize);
  }

  try {
    await parquet.parquetWriteRows({ writer: parquet.fileWriter(part), rows: rows(), columns: [...COLUMNS], rowGroupSize });
    renameSync(part, file);
    return count;
  } catch (error) {
    rmSync(part, { force: true });
    return failAs('write_failed')(error);
  }
}

function rowOf({ id, type, category, priority, timestamp, sessionId, weight, data, metadata }: AnalyticsEvent): Record<string, unknown> {
  const time = new Date(timestamp);
  return {
    id,
    type,
    category,
    priority,
    timestamp: Number.isNaN(time.getTime()) ? null : time,
    session_id: sessionId,
    weight,
    data,
    metadata,
  };
}
