import { setTimeout as sleep } from 'node:timers/promises';
import { flush, MARK, prepare, runPhases } from './page-script.mjs';

export const EVENTS = 100;
/** A page counts as settled when its main thread has been almost idle for so long, and its events have arrived. */
const QUIET_MS = 150;
const BUSY_MS = 3;
const MOST_MS = 4_000;

/**
 * One page in a fresh context, and so in a process of its own, with an empty cache and empty storage.
 *
 * - `evaluate`, `start`, `first`, `more`: synchronous work by phase, by the page's clock
 * - `elapsed`: their sum
 * - `total`: processor time of the main thread for these phases together
 * - `main`: the same, until the page has settled: includes what an SDK puts off, and sending
 * - `heap`: bytes that the page keeps after that, after a garbage collection
 *
 * @param expected how many events have to arrive before the page has settled
 */
export async function measurePage({ browser, server, script, throttle, expected }) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(server.origin);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.evaluate(prepare, { script, origin: server.origin, mark: MARK, events: EVENTS });
    const heapBefore = await heapOf(devtools);
    if (throttle > 1) await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttle });
    server.takeCount();

    const before = await mainThreadMs(devtools);
    const phases = await page.evaluate(runPhases);
    const total = (await mainThreadMs(devtools)) - before;
    await page.evaluate(flush);
    const main = (await settledMs(devtools, server, expected)) - before;
    const heap = (await heapOf(devtools)) - heapBefore;
    const elapsed = Object.values(phases).reduce((sum, ms) => sum + ms, 0);
    return { ...phases, elapsed, total, main, heap, delivered: server.takeCount() };
  } finally {
    await context.close();
  }
}

async function settledMs(devtools, server, expected) {
  const deadline = performance.now() + MOST_MS;
  let last = await mainThreadMs(devtools);
  for (;;) {
    await sleep(QUIET_MS);
    const now = await mainThreadMs(devtools);
    if ((now - last < BUSY_MS && server.count() >= expected) || performance.now() > deadline) return now;
    last = now;
  }
}

/** Processor time of the main thread within tasks. (Outside of tasks, the throttling itself uses up time.) */
async function mainThreadMs(devtools) {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1_000;
}

async function heapOf(devtools) {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize;
}
