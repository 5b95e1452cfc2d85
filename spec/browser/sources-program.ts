/** Runs in a real page: subscribes to every source as an application does, and keeps what they emit. */
import { merge } from 'rxjs';
import { fromClicks, fromErrors, fromPageViews } from '../../lib/browser/index.js';

declare global {
  interface Window {
    /** The events of all sources, in order. */
    seen: { type: string; data: Record<string, unknown> }[];
    /** Whether the merged sources have ended: `'error: …'`, `'complete'`, or not at all. */
    ended: string | undefined;
  }
}

window.seen = [];
merge(fromPageViews(), fromErrors(), fromClicks('.track')).subscribe({
  next: ({ type, data }) => window.seen.push({ type, data: { ...data } }),
  error: (error: unknown) => (window.ended = `error: ${String(error)}`),
  complete: () => (window.ended = 'complete'),
});
