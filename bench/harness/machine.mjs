import { cpus, loadavg, totalmem } from 'node:os';
import { versionsOf } from './prepare.mjs';

/** Date, machine, versions and load, as the head of a report. */
export function machine(packages, extra = []) {
  const [{ model }] = cpus();
  return [
    `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${model.trim()}, ${String(cpus().length)} cores, ${String(Math.round(totalmem() / 2 ** 30))} GB, ${process.platform}.`,
    `${[...versionsOf(packages), ...extra].join(', ')}.`,
    `Load average at the end: ${loadavg()[1].toFixed(1)}. About 1 of it is this benchmark.`,
  ].join('\n');
}
