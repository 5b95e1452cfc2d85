/** Runs in a real page: web vitals, request timings and clicks, as an application subscribes to them. */
import { merge, tap } from 'rxjs';
import * as webVitals from 'web-vitals';
import { fromClicks, fromFetchTiming, fromWebVitals, pageSend } from '../../lib/browser/index.js';
import { createCollector } from '../../lib/index.js';
import { postSink } from '../../lib/http/index.js';

declare global {
  interface Window {
    measured: { type: string; data: Record<string, unknown> }[];
    flush: () => Promise<unknown>;
  }
}

window.measured = [];
const collector = createCollector({ sinks: [postSink({ url: '/events', send: pageSend() })] });
window.flush = () => collector.flush();
merge(fromWebVitals(webVitals), fromFetchTiming({ ignore: ['/ignored', '/events'] }), fromClicks('.track'))
  .pipe(tap(({ type, data }) => window.measured.push({ type, data: { ...data } })))
  .subscribe((event) => collector.collect(event));
