import { open } from '../cases.mjs';
import { DESTINATIONS, Meter } from '../harness/meter.mjs';
import { INPUTS, MASK } from '../workload.mjs';

/** Events that are offered in one go, before it is waited for that they arrive: fits every pipeline's default bound. */
const BURST = 1_000;
const WARM_UP_MS = 800;

/**
 * Nanoseconds an event, from `collect` to the destination; or, with `onlyCollect`, until `collect` has returned.
 *
 * Gives the function that runs one round of about `roundMs`.
 */
export async function start({ name, destination, onlyCollect = false, roundMs, ...parameters }) {
  const meter = new Meter();
  const pipeline = await open(name, DESTINATIONS[destination](meter, parameters), parameters);
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

  const until = performance.now() + WARM_UP_MS;
  let wallNs = 0;
  do ({ wallNs } = await run(5));
  while (performance.now() < until);
  const bursts = Math.max(1, Math.round((roundMs * 1e6) / (wallNs * BURST)));

  return {
    round: () => run(bursts),
    async end() {
      await pipeline.close();
      pipeline.check?.();
      return { offered, delivered: meter.delivered, lost: missing() };
    },
  };
}

/** Adds to `sum` what passes until the function that it gives is called, by the clock and of processor time. */
function stopwatch(sum) {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    sum.wallMs += performance.now() - begin;
    sum.cpuMs += (user + system) / 1_000;
  };
}
