/** Runs in a page that will be left. Its settings are in the address, and the snippet of docs/start.md may come with a collector of its own. */
import { pageTransport, withPageLifecycle } from '../../lib/browser/index.js';
import { httpSink, type HttpSinkOptions } from '../../lib/http/index.js';
import { EventCollector, type EventSink, type LaneOptions } from '../../lib/index.js';

/** JSON in the address. */
export interface LeavingSettings {
  readonly sink?: Partial<HttpSinkOptions>;
  readonly lane?: { readonly [K in Exclude<keyof LaneOptions, 'spool'>]?: Partial<LaneOptions[K]> };
  readonly maxCount?: number;
  /** Whether headers take an hour from their second use on. */
  readonly hasSlowHeaders?: boolean;
  /** Whether the sink calls `fetch` itself, synchronously. */
  readonly isDirect?: boolean;
  /** Whether a listener added after the collector's own collects event 100 on `pagehide`. */
  readonly hasLateListener?: boolean;
}

declare global {
  interface Window {
    leaving: EventCollector;
    /** Whether an attempt has failed. */
    hasFailed: boolean;
    /** Collects events with the numbers `from` to `to - 1`, each padded with so many bytes. */
    collect(from: number, to: number, bytes?: number): void;
  }
}

const settings = JSON.parse(decodeURIComponent(location.hash.slice(1)) || '{}') as LeavingSettings;

const direct: EventSink = {
  name: 'http',
  process: ({ events }) => fetch('/events', { method: 'POST', keepalive: true, body: JSON.stringify(events) }),
};

let uses = 0;
const slowHeaders = (): Promise<Record<string, string>> =>
  (uses += 1) < 2 ? Promise.resolve({ 'x-token': '1' }) : new Promise((resolve) => setTimeout(() => resolve({}), 3_600_000));

function start(): EventCollector {
  const collector = new EventCollector({
    sinks: [
      settings.isDirect
        ? direct
        : httpSink({
            url: '/events',
            transport: pageTransport(),
            ...(settings.hasSlowHeaders && { headers: slowHeaders }),
            ...settings.sink,
          }),
    ],
    ...(settings.lane && { lane: settings.lane }),
    config: { batch: { maxCount: settings.maxCount ?? 100 } },
  });
  withPageLifecycle(collector);
  return collector;
}

const page = window as Partial<Pick<Window, 'leaving'>>;
const collector = (page.leaving ??= start());
window.hasFailed = false;
collector.diagnostics$.subscribe(({ type }) => {
  if (type === 'sink_error') window.hasFailed = true;
});
window.collect = (from, to, bytes = 0) => {
  const padding = 'x'.repeat(bytes);
  for (let n = from; n < to; n += 1) collector.track('counted', { n, padding });
};
if (settings.hasLateListener) {
  window.addEventListener('pagehide', () => {
    window.collect(100, 101);
  });
}
