/** Runs in a page or a worker whose lane is durable, with settings in its address; specs use `spooling`. */
import { indexedDbSpool, pageTransport, withPageLifecycle, type IndexedDbSpoolOptions } from '../../lib/browser/index.js';
import { httpSink } from '../../lib/http/index.js';
import { EventCollector, type ConsentState } from '../../lib/index.js';
import { BehaviorSubject } from 'rxjs';

/** JSON in the address. */
export interface SpoolSettings {
  readonly spool?: Partial<IndexedDbSpoolOptions>;
  readonly maxCount?: number;
  /** Events that the lane holds in memory. */
  readonly maxEvents?: number;
  readonly consent?: ConsentState;
  /** Milliseconds before a retry. @default 50 */
  readonly retryMs?: number;
  /** Whether the page's life is followed: if not, what is in the open batch when it goes is lost. */
  readonly isPage?: boolean;
  /** Collects the numbers below it at once. */
  readonly count?: number;
}

export interface Spooling {
  readonly collector: EventCollector;
  readonly consent$: BehaviorSubject<ConsentState>;
  /** Codes of the sink errors that were reported. */
  readonly codes: string[];
  /** The page was in the back/forward cache. */
  wasRestored: boolean;
  /** Collects events with the numbers `from` to `to - 1`, each padded with so many bytes. */
  collect(from: number, to: number, bytes?: number): void;
  /** Numbers of the events in the store, in its order. */
  stored(): Promise<number[]>;
}

declare global {
  var spooling: Spooling;
}

const text = decodeURIComponent(location.hash.slice(1) || location.search.slice(1));
const settings = JSON.parse(text || '{}') as SpoolSettings;
const consent$ = new BehaviorSubject<ConsentState>(settings.consent ?? 'granted');
const collector = new EventCollector({
  sinks: [httpSink({ url: '/events', transport: pageTransport() })],
  consent$,
  lane: {
    spool: indexedDbSpool({ name: 'events', ...settings.spool }),
    retry: { baseDelayMs: settings.retryMs ?? 50, maxElapsedMs: Infinity, jitter: 'none' },
    breaker: false,
    ...(settings.maxEvents !== undefined && { maxEvents: settings.maxEvents }),
  },
  config: { batch: { maxCount: settings.maxCount ?? 10 } },
});
if (settings.isPage) withPageLifecycle(collector);
const codes: string[] = [];
collector.diagnostics$.subscribe((diagnostic) => {
  if (diagnostic.type === 'sink_error') codes.push(diagnostic.error.code);
});

/** Databases compress what repeats itself. */
const randomText = (length: number): string =>
  Array.from({ length }, () => String.fromCharCode(0x20 + Math.floor(0x5f * Math.random()))).join('');

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error(request.error?.message));
    };
  });

globalThis.spooling = {
  collector,
  consent$,
  codes,
  wasRestored: false,
  collect: (from, to, bytes = 0) => {
    for (let n = from; n < to; n += 1) collector.track('counted', { n, padding: randomText(bytes) });
  },
  stored: async () => {
    const db = await answerOf(indexedDB.open('events', 1));
    const batches = await answerOf<unknown[]>(db.transaction('batches').objectStore('batches').getAll());
    db.close();
    return batches.flatMap((json) => (JSON.parse(String(json)) as { events: { data: { n: number } }[] }).events.map(({ data }) => data.n));
  },
};
globalThis.addEventListener('pageshow', (event) => {
  globalThis.spooling.wasRestored = event.persisted;
});
globalThis.spooling.collect(0, settings.count ?? 0);
