import { OneShotProcess } from './one-shot-process.mjs';
import { median, quantile } from './statistics.mjs';
import { WorkerProcess } from './worker-process.mjs';

/**
 * Measures each case in a process of its own, in turn, round after round, with a round of the reference before and after each. A ratio
 * compares neighbouring rounds, so other load on a shared machine affects both sides.
 *
 * @param reference parameters of the reference
 * @param cases parameters by key
 * @param measure the file in `measures/`
 * @param clock `cpuNs` for computing, `wallNs` for waiting
 * @param generations how often everything is repeated in fresh processes: no two processes are optimized alike
 * @param isCold each round gets a fresh process
 */
export async function compare({ reference, cases, measure = 'throughput', clock, rounds, generations, roundMs, isCold = false, say }) {
  const keys = ['reference', ...Object.keys(cases)];
  const figures = new Map(keys.map((key) => [key, []]));
  const lost = [];
  let sent = 0;
  for (let generation = 1; generation <= generations; generation += 1) {
    const workers = new Map();
    for (const [key, parameters] of [['reference', reference], ...Object.entries(cases)]) {
      say(`${progress(generation, generations)}warming up ${key}`);
      workers.set(key, await (isCold ? OneShotProcess : WorkerProcess).start(measure, { roundMs, ...parameters }));
    }
    const beside = workers.get('reference');
    // A process runs faster right after a round of its own (over HTTP by a fifth), so no round follows one of the same process.
    let before = await beside.round();
    for (let round = 1; round <= rounds; round += 1) {
      for (const key of Object.keys(cases)) {
        say(`${progress(generation, generations)}round ${String(round)} of ${String(rounds)}: ${key}`);
        const own = await workers.get(key).round();
        const after = await beside.round();
        const neighbours = mean(before, after);
        figures.get('reference').push({ own: neighbours, neighbours });
        figures.get(key).push({ own, neighbours });
        before = after;
      }
    }
    for (const [key, worker] of workers) {
      const end = await worker.end();
      sent += end.sent;
      if (end.lost !== 0) lost.push(`${key}: ${String(end.lost)} of ${String(end.offered)}`);
    }
  }
  return { lost, sent, reference: reference.name, of: Object.fromEntries([...figures].map(([key, all]) => [key, summary(all, clock)])) };
}

const progress = (generation, generations) => (generations === 1 ? '' : `${String(generation)}/${String(generations)} `);

const mean = (a, b) => Object.fromEntries(Object.keys(a).map((clock) => [clock, (a[clock] + b[clock]) / 2]));

/** `ns`, `ratio`, `low` and `high` by the given clock, and all of it by each of the clocks. */
function summary(figures, clock) {
  const clocks = Object.keys(figures[0]?.own ?? {});
  const byClock = Object.fromEntries(
    clocks.map((each) => {
      const ratios = figures.map(({ own, neighbours }) => own[each] / neighbours[each]);
      const ns = median(figures.map(({ own }) => own[each]));
      return [each, { ns, ratio: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) }];
    }),
  );
  return { ...byClock[clock], byClock };
}
