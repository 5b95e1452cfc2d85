import { Analytics } from '@segment/analytics-node';
import { BATCH } from '../workload.mjs';
import { occurrences } from '../harness/occurrences.mjs';

/** `@segment/analytics-node`, with an HTTP client that passes the body to the destination. Its queue has no bound, and batches are sent in parallel. */
export function segment(destination) {
  let reported = 0;
  const analytics = new Analytics({
    writeKey: 'bench',
    flushAt: BATCH,
    flushInterval: 30_000,
    httpClient: {
      async makeRequest({ body }) {
        await destination(occurrences(body, '"messageId":'), body);
        return { status: 200, statusText: 'OK', headers: {} };
      },
    },
  });
  analytics.on('error', () => {
    reported += 1;
  });
  return {
    collect({ type, data }) {
      analytics.track({ userId: data.user, event: type, properties: data });
    },
    losses: () => ({ sampledOut: 0, dropped: reported, reported }),
    close: () => analytics.closeAndFlush({ timeout: 30_000 }),
  };
}
