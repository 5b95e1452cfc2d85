/**
 * A worker thread for `spec/ports`: `workerData` says which program, and how many events. Each event's data is its number in this thread.
 */
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { portCollector } from '../../../lib/ports/port-collector.js';

const { program, count, thread } = workerData as { readonly program: string; readonly count: number; readonly thread: number };
if (parentPort === null) throw new Error('Expected to be a worker');
const collector = portCollector(parentPort, { metadata: { thread } });

const programs: Readonly<Record<string, () => Promise<void>>> = {
  /** As fast as the other thread accepts them. */
  async all() {
    for (let n = 0; n < count; n += 1) {
      if (collector.track('feature_used', n) === 'dropped') await collector.collectAsync({ type: 'feature_used', data: n });
    }
    await collector.shutdown();
    parentPort?.postMessage({ stats: collector.stats() });
  },

  /** Until the thread is terminated; yields to the event loop regularly. */
  async endless() {
    for (let n = 0, calls = 0; ; calls += 1) {
      // Refused while the other thread is behind: collect it again.
      if (collector.track('feature_used', n) === 'accepted') n += 1;
      if (calls % 50 === 0) await setImmediate();
    }
  },

  /** Ends in the middle of its work. */
  async exits() {
    for (let n = 0; n < count; n += 1) collector.track('feature_used', n);
    process.exit(3);
  },

  /** Collects everything, and leaves delivery to the background. */
  async idle() {
    for (let n = 0; n < count; n += 1) collector.track('feature_used', n);
  },
};

await programs[program]?.();
