import type { SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aNonEmptyString, anInteger, aScheduler, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { laneStore, type LaneStore } from '../lane/lane-store.js';
import { IndexedDbSession } from './indexed-db-session.js';

export interface IndexedDbSpoolOptions {
  /** The name of the database, which belongs to the store alone. All sinks may share it, and all pages and workers of the origin. */
  readonly name: string;
  /** Characters of JSON per sink and page. A batch that doesn't fit stays in memory only, and is reported. @default 10_485_760 */
  readonly maxBytes?: number | undefined;
  /**
   * What a stored event survives: `'relaxed'`, the end or crash of the page and the browser; `'strict'`, a power failure as well, at the price of
   * a flush to disk per write. @default 'relaxed'
   */
  readonly durability?: 'relaxed' | 'strict' | undefined;
  /** Limits the wait for the database. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<IndexedDbSpoolOptions>(() => ({
  name: [aNonEmptyString],
  maxBytes: [anInteger(1), 10 * 2 ** 20],
  durability: [oneOf(['relaxed', 'strict']), 'relaxed'],
  scheduler: [aScheduler, backgroundScheduler],
}));

/** Keeps the batches of durable lanes in IndexedDB. */
export function indexedDbSpool(options: IndexedDbSpoolOptions): LaneStore {
  const settings = OPTIONS.parse(options);
  return laneStore((sink) => new IndexedDbSession(sink, settings));
}
