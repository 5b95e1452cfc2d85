import { readFileSync } from 'node:fs';

/**
 * Starts two clocks. The returned function reads them; it may be called more than once.
 *
 * - `wallMs`: elapsed time
 * - `cpuMs`: processor time of all threads, garbage collection and compilation included
 */
export function startClocks() {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  return () => {
    const wallMs = performance.now() - begin;
    return { wallMs, cpuMs: toMs(process.cpuUsage(cpu)) };
  };
}

/** Processor time of all threads since the process started, in milliseconds. */
export const processMs = () => toMs(process.cpuUsage());

/** Processor time of the main thread in milliseconds, up to a scheduler tick (4 ms) late; `NaN` where the system doesn't report it. */
export function mainThreadMs() {
  try {
    // Linux only.
    const [nanoseconds] = readFileSync(`/proc/self/task/${String(process.pid)}/schedstat`, 'latin1').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return NaN;
  }
}

const toMs = ({ user, system }) => (user + system) / 1_000;
