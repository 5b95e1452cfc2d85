import { setImmediate as turn } from 'node:timers/promises';
import { open } from '../cases.mjs';
import { DESTINATIONS, Meter } from '../harness/meter.mjs';
import { INPUTS, MASK } from '../workload.mjs';

const BURST = 1_000;

/**
 * The heap after each of `checkpoints` events while the destination never answers. Requires `--expose-gc`.
 *
 * `room` sets how many events the pipeline may keep; its default bound otherwise. Inputs are shared, so their payload isn't counted.
 */
export async function start({ name, checkpoints, room }) {
  const options = room === undefined ? {} : { room };
  // Compiled code must not be counted as kept by events.
  await warmUp(name, options);
  const pipeline = await open(name, DESTINATIONS.dead(new Meter(), {}), options);
  return {
    async end() {
      const before = await heapAfter(pipeline, 0, 0);
      const heaps = [];
      let offered = 0;
      for (const checkpoint of checkpoints) {
        const begin = process.cpuUsage();
        const bytes = (await heapAfter(pipeline, offered, checkpoint)) - before;
        const { user, system } = process.cpuUsage(begin);
        heaps.push({ events: checkpoint, bytes, cpuNs: ((user + system) * 1_000) / (checkpoint - offered) });
        offered = checkpoint;
      }
      return { heaps, dropped: pipeline.losses?.().dropped };
    },
  };
}

async function warmUp(name, options) {
  const meter = new Meter();
  const pipeline = await open(name, DESTINATIONS.async(meter, {}), options);
  await heapAfter(pipeline, 0, 20 * BURST);
  await pipeline.close();
}

async function heapAfter(pipeline, from, to) {
  for (let offered = from; offered < to; offered += BURST) {
    for (let index = 0; index < BURST; index += 1) pipeline.collect(INPUTS[(offered + index) & MASK]);
    await turn();
  }
  for (let count = 0; count < 3; count += 1) {
    gc();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
