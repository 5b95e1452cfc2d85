import { open } from '../cases.mjs';
import { DESTINATIONS, Meter } from '../harness/meter.mjs';
import { median } from '../harness/statistics.mjs';
import { INPUTS, MASK } from '../workload.mjs';

const EVENTS = 100_000;

/**
 * What an unsubscribed live subscriber still costs. Processes differ from each other by more than the few percent in question, so both
 * collectors alternate in one process.
 */
export async function start({ rounds }) {
  const meter = new Meter();
  const never = await open('ours', DESTINATIONS.none(meter, {}));
  const left = await open('ours-left', DESTINATIONS.none(meter, {}));

  function run(pipeline) {
    const begin = process.cpuUsage();
    for (let index = 0; index < EVENTS; index += 1) pipeline.collect(INPUTS[index & MASK]);
    const { user, system } = process.cpuUsage(begin);
    return user + system;
  }

  for (let count = 0; count < 10; count += 1) [never, left].forEach(run);
  return {
    end() {
      const ratios = Array.from({ length: rounds }, () => {
        const before = run(never);
        const own = run(left);
        return own / ((before + run(never)) / 2);
      });
      const offered = EVENTS * (20 + 3 * rounds);
      return { ratio: median(ratios), lost: offered - meter.delivered };
    },
  };
}
