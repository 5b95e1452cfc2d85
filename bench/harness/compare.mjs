import { WorkerProcess } from './worker-process.mjs';
import { median, quantile } from './statistics.mjs';

/**
 * Measures every case in a process of its own, in turn, round after round, and the reference before and after each: a ratio is taken
 * from rounds that are neighbours in time, so that what a shared machine does otherwise troubles both alike.
 *
 * @param reference parameters of the reference
 * @param cases parameters by key
 * @param clock `cpuNs` for what computes, `wallNs` for what waits
 * @param generations how often all of it is done with fresh processes, as no two are optimised alike
 */
export async function compare({ reference, cases, clock, rounds, generations, roundMs, say }) {
  const figures = new Map([['reference', []], ...Object.keys(cases).map((key) => [key, []])]);
  const lost = [];
  let sent = 0;
  for (let generation = 1; generation <= generations; generation += 1) {
    const workers = new Map();
    for (const [key, parameters] of [['reference', reference], ...Object.entries(cases)]) {
      say(`${progress(generation, generations)}warming up ${key}`);
      workers.set(key, await WorkerProcess.start('throughput', { roundMs, ...parameters }));
    }
    const loop = workers.get('reference');
    // A process is quicker right after a round of its own, by a fifth over HTTP: no round may follow one of the same process.
    let before = await loop.round();
    for (let round = 1; round <= rounds; round += 1) {
      for (const key of Object.keys(cases)) {
        say(`${progress(generation, generations)}round ${String(round)} of ${String(rounds)}: ${key}`);
        const own = await workers.get(key).round();
        const after = await loop.round();
        const beside = (before[clock] + after[clock]) / 2;
        figures.get('reference').push({ ns: beside, ratio: 1 });
        figures.get(key).push({ ns: own[clock], ratio: own[clock] / beside });
        before = after;
      }
    }
    for (const [key, worker] of workers) {
      const end = await worker.end();
      sent += end.sent;
      if (end.lost !== 0) lost.push(`${key}: ${String(end.lost)} of ${String(end.offered)}`);
    }
  }
  return { lost, sent, of: Object.fromEntries([...figures].map(([key, all]) => [key, summary(all)])) };
}

const progress = (generation, generations) => (generations === 1 ? '' : `${String(generation)}/${String(generations)} `);

function summary(figures) {
  const ratios = figures.map(({ ratio }) => ratio);
  return {
    ns: median(figures.map(({ ns }) => ns)),
    ratio: median(ratios),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
  };
}
