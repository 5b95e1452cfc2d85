import { open } from '../cases.mjs';
import { DESTINATIONS, Meter } from '../harness/meter.mjs';
import { INPUTS, MASK } from '../workload.mjs';

/** Events that are offered in one go, before it is waited for that they arrive: fits every pipeline's default bound. */
const BURST = 1_000;
/** Of processor time: until what runs once a batch is compiled, too. */
const WARM_UP_MS = 800;

/**
 * Nanoseconds an event, from `collect` to the destination; or, with `onlyCollect`, until `collect` has returned.
 *
 * Gives the function that runs one round of about `roundMs`.
 */
export async function start({ name, destination, onlyCollect = false, roundMs, ...parameters }) {
  const meter = new Meter();
  let take = DESTINATIONS[destination](meter, parameters);
  const pipeline = await open(name, (count, cargo) => take(count, cargo), parameters);
  let offered = 0;
  const missing = () => {
    const { sampledOut = 0, dropped = 0 } = pipeline.accounts?.() ?? {};
    return offered - sampledOut - dropped - meter.delivered;
  };

  async function run(bursts) {
    const total = { wallMs: 0, cpuMs: 0 };
    const stopAll = stopwatch(total);
    const inside = { wallMs: 0, cpuMs: 0 };
    for (let burst = 0; burst < bursts; burst += 1) {
      const stop = onlyCollect ? stopwatch(inside) : undefined;
      for (let index = 0; index < BURST; index += 1) pipeline.collect(INPUTS[(offered + index) & MASK]);
      stop?.();
      offered += BURST;
      if (meter.delivered === offered || pipeline.isSynchronous) continue;
      await pipeline.flush?.();
      await meter.reach(offered);
    }
    stopAll();
    const { wallMs, cpuMs } = onlyCollect ? inside : total;
    const events = bursts * BURST;
    return { wallNs: (wallMs * 1e6) / events, cpuNs: (cpuMs * 1e6) / events };
  }

  async function warmUp() {
    const spent = { wallMs: 0, cpuMs: 0 };
    const stop = stopwatch(spent);
    let wallNs = 0;
    while (spent.cpuMs < WARM_UP_MS) {
      ({ wallNs } = await run(5));
      stop();
    }
    return wallNs;
  }

  // A network would take its time over the thousands of batches.
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
      // The other processes had their turn meanwhile, and the machine's caches: the first milliseconds of a round are slow, up to twice.
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

/** Puts into `sum` what has passed, by the clock and of processor time, whenever the function that it gives is called. */
function stopwatch(sum) {
  const { wallMs, cpuMs } = sum;
  const begin = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    sum.wallMs = wallMs + performance.now() - begin;
    sum.cpuMs = cpuMs + (user + system) / 1_000;
  };
}
