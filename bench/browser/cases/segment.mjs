import { AnalyticsBrowser } from '@segment/analytics-next';

/** Settings are passed instead of fetched, and batching is on. */
export function start(origin) {
  const apiHost = `${new URL(origin).host}/v1`;
  const analytics = AnalyticsBrowser.load(
    { writeKey: 'bench', cdnURL: origin, cdnSettings: { integrations: { 'Segment.io': { apiKey: 'bench' } } } },
    {
      integrations: {
        'Segment.io': { apiHost, protocol: 'http', deliveryStrategy: { strategy: 'batching', config: { size: 100, timeout: 500 } } },
      },
    },
  );
  return {
    collect: (type, data) => void analytics.track(type, data),
    // No method flushes; a batch is sent when it is full, or 500 ms old.
    flush: () => undefined,
  };
}
