import { setTimeout as sleep } from 'node:timers/promises';
import { flush, MARK, runPhases } from './page-script.mjs';

export const EVENTS = 100;
/** A page counts as settled when its main thread has been almost idle for so long, and its events have arrived. */
const QUIET_MS = 150;
const BUSY_MS = 3;
const MOST_MS = 4_000;

/**
 * One page in a fresh context, and so in a process of its own, with an empty cache and empty storage.
 *
 * `main` is all processor time of the main thread, from evaluation until the page has settled: it includes what an SDK puts off, and sending.
 * `heap` is what the page keeps after that, after a garbage collection.
 */
export async function measurePage({ browser, server, script, throttle }) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(server.origin);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    if (throttle > 1) await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttle });
    server.takeCount();

    const heapBefore = await heapOf(devtools);
    const before = await mainThreadMs(devtools);
    const phases = await page.evaluate(runPhases, { script, origin: server.origin, mark: MARK, events: EVENTS });
    await page.evaluate(flush);
    const main = (await settledMs(devtools, server)) - before;
    const heap = (await heapOf(devtools)) - heapBefore;
    return { ...phases, main, heap, delivered: server.takeCount() };
  } finally {
    await context.close();
  }
}

async function settledMs(devtools, server) {
  const deadline = performance.now() + MOST_MS;
  let last = await mainThreadMs(devtools);
  for (;;) {
    await sleep(QUIET_MS);
    const now = await mainThreadMs(devtools);
    if ((now - last < BUSY_MS && server.count() >= EVENTS) || performance.now() > deadline) return now;
    last = now;
  }
}

async function mainThreadMs(devtools) {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'ThreadTime').value * 1_000;
}

async function heapOf(devtools) {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize;
}
