import { open } from '../cases.mjs';
import { startClocks } from '../harness/clocks.mjs';
import { DESTINATIONS, Meter } from '../harness/meter.mjs';
import { INPUTS, MASK } from '../workload.mjs';

/** Events offered before waiting for their delivery: fits the default bound of each pipeline. */
const BURST = 1_000;
/** Processor time, long enough to optimize code that runs once per batch. */
const WARM_UP_MS = 800;

/**
 * Nanoseconds per event, from `collect` to the destination; with `onlyCollect`, until `collect` returns. A round takes about `roundMs`.
 */
export async function start({ name, destination, onlyCollect = false, roundMs, ...parameters }) {
  const meter = new Meter();
  let take = DESTINATIONS[destination](meter, parameters);
  const pipeline = await open(name, (count, cargo) => take(count, cargo), parameters);
  let offered = 0;
  const missing = () => {
    const { sampledOut = 0, dropped = 0 } = pipeline.losses?.() ?? {};
    return offered - sampledOut - dropped - meter.delivered;
  };

  async function run(bursts) {
    const readAll = startClocks();
    const inside = { wallMs: 0, cpuMs: 0 };
    for (let burst = 0; burst < bursts; burst += 1) {
      const read = onlyCollect ? startClocks() : undefined;
      for (let index = 0; index < BURST; index += 1) pipeline.collect(INPUTS[(offered + index) & MASK]);
      if (read !== undefined) add(inside, read());
      offered += BURST;
      if (meter.delivered === offered || pipeline.isSynchronous) continue;
      await pipeline.flush?.();
      await meter.reach(offered);
    }
    const { wallMs, cpuMs } = onlyCollect ? inside : readAll();
    const events = bursts * BURST;
    return { wallNs: (wallMs * 1e6) / events, cpuNs: (cpuMs * 1e6) / events };
  }

  async function warmUp() {
    const read = startClocks();
    let wallNs = 0;
    while (read().cpuMs < WARM_UP_MS) ({ wallNs } = await run(5));
    return wallNs;
  }

  // Thousands of batches would take too long over a network.
  if (destination === 'http') {
    const actual = take;
    take = DESTINATIONS.async(meter, parameters);
    await warmUp();
    take = actual;
  } else if (pipeline.connect !== undefined) {
    await warmUp();
    pipeline.connect();
  }
  const wallNs = await warmUp();
  const bursts = Math.max(1, Math.round((roundMs * 1e6) / (wallNs * BURST)));

  return {
    async round() {
      // Other processes have used the processor's caches since: the first milliseconds of a round take up to twice as long.
      await run(bursts);
      return run(bursts);
    },
    async end() {
      await pipeline.close();
      pipeline.check?.();
      return { offered, delivered: meter.delivered, sent: meter.sent, lost: missing() };
    },
  };
}

function add(sum, { wallMs, cpuMs }) {
  sum.wallMs += wallMs;
  sum.cpuMs += cpuMs;
}
