import { PostHog } from 'posthog-node';
import { BATCH } from '../workload.mjs';
import { occurrences } from '../harness/occurrences.mjs';

/**
 * `posthog-node`, with a `fetch` that hands the body over; uncompressed, as the loopback would not thank it for gzip. What its full queue
 * drops is mentioned in debug mode only, so nobody is told.
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
    // Full batches leave by themselves, but what came in while one was on its way waits for the next full one.
    flush: () => client.flush(),
    accounts: () => ({ sampledOut: 0, dropped: 0, told: 0 }),
    close: () => client.shutdown(),
  };
}

const OK = { status: 200, text: () => Promise.resolve(''), json: () => Promise.resolve({}) };
