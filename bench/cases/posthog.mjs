import { PostHog } from 'posthog-node';
import { BATCH } from '../workload.mjs';
import { occurrences } from '../harness/occurrences.mjs';

/**
 * `posthog-node`, with a `fetch` that passes the body to the destination; uncompressed, as over a loopback. It reports what a full queue
 * drops in debug mode only.
 */
export function postHog(destination, { room } = {}) {
  const client = new PostHog('phc_bench', {
    host: 'http://127.0.0.1:1',
    flushAt: BATCH,
    maxBatchSize: BATCH,
    flushInterval: 30_000,
    ...(room !== undefined && { maxQueueSize: room }),
    disableCompression: true,
    featureFlagsPollingInterval: null,
    fetch: async (_url, { body }) => {
      await destination(occurrences(body, '"distinct_id":'), body);
      return OK;
    },
  });
  return {
    collect({ type, data }) {
      client.capture({ distinctId: data.user, event: type, properties: data });
    },
    // Full batches are sent on their own, but events collected meanwhile wait for the next full batch.
    flush: () => client.flush(),
    losses: () => ({ sampledOut: 0, dropped: 0, reported: 0 }),
    close: () => client.shutdown(),
  };
}

const OK = { status: 200, text: () => Promise.resolve(''), json: () => Promise.resolve({}) };
