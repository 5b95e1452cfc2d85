import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { open } from '../cases.mjs';
import { DESTINATIONS, Meter } from '../harness/meter.mjs';
import { INPUTS, MASK } from '../workload.mjs';

const BURST = 1_000;

/**
 * Far more events than the destination can process: how many are delivered, dropped, and reported as dropped.
 *
 * Each pipeline has its default bounds. Events are offered in bursts, with a turn of the event loop after each, and then it is closed.
 */
export async function start({ name, events, ms }) {
  const meter = new Meter();
  let inFlight = 0;
  let maxInFlight = 0;
  const slow = DESTINATIONS.slow(meter, { ms });
  const pipeline = await open(name, (count) => {
    inFlight += 1;
    maxInFlight = Math.max(maxInFlight, inFlight);
    return slow(count).finally(() => {
      inFlight -= 1;
    });
  });
  pipeline.listen?.();
  return {
    async end() {
      for (let offered = 0; offered < events; offered += BURST) {
        for (let index = 0; index < BURST; index += 1) pipeline.collect(INPUTS[(offered + index) & MASK]);
        await turn();
      }
      const heapMb = process.memoryUsage().heapUsed / 1e6;
      await pipeline.close();
      // Batches still in flight may arrive after `close`.
      while (inFlight > 0) await sleep(ms);
      const { dropped = 0, reported = 0 } = pipeline.losses?.() ?? {};
      return {
        offered: events,
        delivered: meter.delivered,
        dropped,
        reported,
        lost: events - meter.delivered - dropped,
        maxInFlight,
        heapMb,
      };
    },
  };
}
