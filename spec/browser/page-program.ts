/** Runs in a real page. What it is to do stands in the page's address; what it did is asked for through `window.collector`. */
import { clicks, collectFromPort, pageSend, pageTransport, pageViews, withPageLifecycle } from '../../lib/browser/index.js';
import { httpSink, postSink } from '../../lib/http/index.js';
import { EventCollector, type AnalyticsEvent } from '../../lib/index.js';

declare global {
  interface Window {
    collector: EventCollector;
    /** Of each `pageshow`, whether the page came back from the back/forward cache. */
    shows: boolean[];
    /** Instead of that in the address, which a `srcdoc` frame hasn't. */
    query?: string;
  }
}

const asked = new URLSearchParams(window.query ?? location.search);
const numberOf = (name: string, otherwise: number): number => Number(asked.get(name) ?? otherwise);

const url = asked.get('to') ?? '/events';
const headers = asked.has('headers')
  ? async () => {
      await new Promise((resolve) => setTimeout(resolve));
      return { authorization: 'Bearer 1' };
    }
  : {};
const compress = asked.has('gzip') && 'gzip';

const collector = new EventCollector<AnalyticsEvent>({
  sinks: [
    asked.get('sink') === 'post'
      ? postSink({ url, headers, send: pageSend() })
      : httpSink({ url, headers, compress, transport: pageTransport(), maxBodyBytes: 60_000 }),
  ],
  lane: {
    concurrency: numberOf('concurrency', 4),
    timeoutMs: numberOf('timeoutMs', 10_000),
    retry: { baseDelayMs: 10, maxDelayMs: 50 },
    breaker: false,
  },
  config: { batch: { maxAgeMs: numberOf('maxAgeMs', 0) } },
});
withPageLifecycle(collector);
if (asked.has('clicks')) clicks('[data-track]').subscribe((event) => collector.collect(event));
if (asked.has('views')) pageViews().subscribe((event) => collector.collect(event));
if (asked.has('worker')) collectFromPort(collector, new Worker('/worker.js', { name: asked.get('worker') ?? '' }));
if (asked.has('last')) {
  // Comes after the collector's own listener.
  window.addEventListener('pagehide', () => collector.track('left'));
}

const padding = 'x'.repeat(numberOf('bytes', 0));
for (let n = 0; n < numberOf('events', 0); n += 1) collector.track('counted', { n, padding });

window.collector = collector;
window.shows = [];
window.addEventListener('pageshow', ({ persisted }) => window.shows.push(persisted));
