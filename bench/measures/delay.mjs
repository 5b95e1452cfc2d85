import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from '../cases.mjs';
import { DESTINATIONS, Meter } from '../harness/meter.mjs';
import { INPUTS, MASK } from '../workload.mjs';

const BURST = 100;
const BURST_EVERY_MS = 5;
const SINK_MS = 2;

/** Delay of the event loop at 20,000 events a second; without a name, of an idle process. */
export async function start({ name, ms }) {
  const meter = new Meter();
  const pipeline =
    name === undefined ? { collect() {}, close: () => Promise.resolve() } : await open(name, DESTINATIONS.slow(meter, { ms: SINK_MS }));
  let offered = 0;
  const collecting = setInterval(() => {
    for (let index = 0; index < BURST; index += 1) pipeline.collect(INPUTS[(offered + index) & MASK]);
    offered += BURST;
  }, BURST_EVERY_MS);
  await sleep(ms / 2);
  return {
    async end() {
      const delays = monitorEventLoopDelay({ resolution: 1 });
      delays.enable();
      await sleep(ms);
      delays.disable();
      clearInterval(collecting);
      await pipeline.close();
      if (name !== undefined) await Promise.race([meter.reach(offered), sleep(5_000)]);
      const { dropped = 0 } = pipeline.losses?.() ?? {};
      const lost = name === undefined ? 0 : offered - meter.delivered - dropped;
      return { p50Ms: delays.percentile(50) / 1e6, p99Ms: delays.percentile(99) / 1e6, offered, lost };
    },
  };
}
