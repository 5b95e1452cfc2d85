import { EventCollector } from 'rx-event-collector';
import { indexedDbSpool } from 'rx-event-collector/browser';
import { postSink } from 'rx-event-collector/http';

declare const self: ServiceWorkerGlobalScope;

// Browsers stop an idle service worker without notice. What it has not delivered is in the store, and the next start delivers it.
const collector = new EventCollector({
  sinks: [postSink({ url: '/events' })],
  lane: { spool: indexedDbSpool({ name: 'service-worker-events' }) },
  config: { batch: { maxAgeMs: 0 } },
});

// Navigations that fail: no page sees them.
self.addEventListener('fetch', (event) => {
  if (event.request.mode !== 'navigate') return;
  const answer = fetch(event.request).catch(() => {
    collector.track('page_unavailable', { path: new URL(event.request.url).pathname });
    return new Response('This page needs a network.', { status: 503 });
  });
  event.respondWith(answer);
  // Keeps the worker alive until the events are delivered, or in the store.
  event.waitUntil(answer.then(() => collector.flush({ timeoutMs: 5_000 })));
});

self.addEventListener('push', (event) => {
  collector.track('push_received');
  event.waitUntil(collector.flush({ timeoutMs: 5_000 }));
});
