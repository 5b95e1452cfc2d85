import type { SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aNonEmptyString, anInteger, aScheduler, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { LaneStore } from '../lane/lane-spool.js';
import { laneStore, limitRows } from '../lane/lane-store.js';
import { IndexedDbSession } from './indexed-db-session.js';

export interface IndexedDbSpoolOptions {
  /** The name of the database, which belongs to the store alone. All sinks may share it, and all pages and workers of the origin. */
  readonly name: string;
  /** Characters of JSON per sink and page. A batch that doesn't fit stays in memory only, and is reported. @default 10_485_760 */
  readonly maxBytes?: number | undefined;
  /** Events per sink and page. A batch that doesn't fit stays in memory only, and is reported. @default Infinity */
  readonly maxEvents?: number | undefined;
  /** Milliseconds since a batch was created. One that is older when it is read is dropped, as `'expired'`. @default Infinity */
  readonly maxAgeMs?: number | undefined;
  /**
   * With `'relaxed'`, a stored event survives the end or crash of the page and the browser; with `'strict'`, also a power failure, at the cost of a
   * flush to disk per write. @default 'relaxed'
   */
  readonly durability?: 'relaxed' | 'strict' | undefined;
  /** Limits the wait for the database. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<IndexedDbSpoolOptions>(() => ({
  name: [aNonEmptyString],
  ...limitRows(),
  maxBytes: [anInteger(1), 10 * 2 ** 20],
  durability: [oneOf(['relaxed', 'strict']), 'relaxed'],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * Keeps the batches of durable lanes in IndexedDB: if a page or worker ends or crashes, another one delivers its remaining batches.
 *
 * ```
 * tab A   offer a, b, c ─► a delivered ─► closed
 * store   a b c             b c
 * tab B                                    open ──► takes b, c over ─► delivered
 * tab C, if there is no B                                  opened later ─► recovers b, c ─► delivered, before what is collected then
 * ```
 *
 * Each page and worker delivers what it has collected. One of them, the holder of a Web Lock, takes over the batches of those that end, immediately
 * and without a timer. Batches keep their ids: at most those in flight at the end are sent twice. If consent is denied in a page, that page's batches
 * are removed from the store; if a site has several pages, pass the same `consent$` to each.
 *
 * While the database opens, nothing is sent, for 5 s at most. Without access to IndexedDB or Web Locks (a page without a secure context, storage that
 * is blocked) the lane keeps its batches in memory, and `diagnostics$` emits a `sink_error` with one of these codes:
 *
 * | code | |
 * |---|---|
 * | `SPOOL_UNAVAILABLE` | the store can't be opened, or failed |
 * | `SPOOL_FORMAT` | the database has a newer version, or belongs to another program |
 * | `SPOOL_FULL` | `maxBytes`, or the browser's quota; the batch is in memory only |
 * | `SPOOL_DAMAGED` | records were not readable, and are removed |
 * | `SPOOL_CLOSED` | the browser has cleared the storage, or another page has deleted or upgraded the database; batches in memory are stored again, if it can be reopened |
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = new MemorySink({ name: 'http' });
 * const collector = new EventCollector({ sinks: [sink], lane: { spool: indexedDbSpool({ name: 'events' }) } });
 * collector.track('feature_used', { feature: 'search' });
 * await collector.shutdown();
 * expect(sink.events).to.have.lengthOf(1);
 */
export function indexedDbSpool(options: IndexedDbSpoolOptions): LaneStore {
  const settings = OPTIONS.parse(options);
  const { maxEvents, maxAgeMs } = settings;
  return laneStore((sink) => new IndexedDbSession(sink, settings), { maxEvents, maxAgeMs });
}
