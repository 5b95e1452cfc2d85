/** Runs in a real page, with options in the page's address; specs read the result from `window.collector`. */
import { collectFromPort, fromClicks, fromPageViews, pageSend, pageTransport, withPageLifecycle } from '../../lib/browser/index.js';
import { httpSink, postSink } from '../../lib/http/index.js';
import { EventCollector, type AnalyticsEvent } from '../../lib/index.js';

declare global {
  interface Window {
    collector: EventCollector;
    /** For each `pageshow`, whether the page was restored from the back/forward cache. */
    shows: boolean[];
    /** Instead of that in the address, which a `srcdoc` frame hasn't. */
    query?: string;
  }
}

const asked = new URLSearchParams(window.query ?? location.search);
const numberOf = (name: string, fallback: number): number => Number(asked.get(name) ?? fallback);

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
if (asked.has('clicks')) fromClicks('[data-track]').subscribe((event) => collector.collect(event));
if (asked.has('views')) fromPageViews().subscribe((event) => collector.collect(event));
if (asked.has('worker')) collectFromPort(collector, new Worker('/worker.js', { name: asked.get('worker') ?? '' }));
if (asked.has('last')) {
  // Runs after the collector's own listener.
  window.addEventListener('pagehide', () => collector.track('left'));
}

const padding = 'x'.repeat(numberOf('bytes', 0));
for (let n = 0; n < numberOf('events', 0); n += 1) collector.track('counted', { n, padding });

window.collector = collector;
window.shows = [];
window.addEventListener('pageshow', ({ persisted }) => window.shows.push(persisted));
