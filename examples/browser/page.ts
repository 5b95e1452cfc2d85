/** The script of the page. */
import { merge } from 'rxjs';
import { EventCollector } from 'rx-event-collector';
import { fromClicks, fromErrors, fromPageViews, pageTransport, withPageLifecycle } from 'rx-event-collector/browser';
import { httpSink } from 'rx-event-collector/http';
import { ledgerLines } from '../live/output/report.js';
import { devtoolsKey } from './devtools-key.js';

const collector = new EventCollector({
  sinks: [httpSink({ url: '/events', transport: pageTransport(), maxBodyBytes: 60_000 })],
  // Several concurrent requests: late events don't wait for the answer to a slow request.
  lane: { concurrency: 4 },
  config: { batch: { maxAgeMs: 2_000 } },
});
withPageLifecycle(collector);
devtoolsKey(collector);
merge(fromPageViews({ toUrl: ({ pathname, search }) => pathname + search }), fromErrors(), fromClicks('[data-track]')).subscribe((event) =>
  collector.collect(event),
);

// The rest is the demo's own: it shows ledgers and events, and has buttons that cause events.
const find = (selector: string): Element => document.querySelector(selector) ?? document.body;

collector.stats$.subscribe((stats) => {
  find('#page-books').textContent = ledgerLines(stats).join('\n');
});

const arriving = new EventSource('/live');
arriving.addEventListener('books', ({ data }: MessageEvent<string>) => {
  find('#server-books').textContent = (JSON.parse(data) as string[]).join('\n');
});
arriving.addEventListener('event', ({ data }: MessageEvent<string>) => {
  const { type, data: payload, at } = JSON.parse(data) as { type: string; data: unknown; at: number };
  const row = document.createElement('li');
  row.textContent = `${new Date(at).toLocaleTimeString()}  ${type}  ${JSON.stringify(payload)}`;
  find('#arrived').prepend(row);
});

find('#view').addEventListener('click', () => {
  history.pushState(null, '', `?view=${String(history.length)}`);
});
find('#fail').addEventListener('click', () => {
  throw new Error('Not caught');
});
find('#storm').addEventListener('click', () => {
  collector.collectBatch(Array.from({ length: 1_000 }, (_, n) => ({ type: 'counted', data: { n } })));
});
