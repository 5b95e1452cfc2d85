import { buildLibrary } from '../harness/prepare.mjs';
import { progressLine } from '../harness/progress-line.mjs';
import { build } from 'esbuild';
import { startServer } from './server.mjs';

/**
 * `node browser/spool.mjs` from `bench` prints what a durable lane adds to an event in Chromium, at 100 a batch: main-thread time in microseconds from
 * `collect` until the event has left the store, beside the same lane in memory. `CHROMIUM` names another executable.
 */
const ROUNDS = 11;
const EVENTS = 10_000;

const say = progressLine();
buildLibrary(say);
const { chromium } = await import('playwright-core');

const { outputFiles } = await build({
  stdin: {
    contents: `
      import { EventCollector } from 'library/index.js';
      import { indexedDbSpool } from 'library/browser.js';
      globalThis.run = async (durability, events) => {
        const collector = new EventCollector({
          sinks: [{ name: 'a', process: () => new Promise((resolve) => { setTimeout(resolve); }) }],
          lane: { maxEvents: 2 * events, concurrency: 8, ...(durability !== 'memory' && { spool: indexedDbSpool({ name: 'bench', durability }) }) },
        });
        // The store is open, and empty.
        collector.track('warm', {});
        await collector.flush();
        for (let n = 0; n < events; n += 1) {
          collector.track('feature_used', { feature: 'search', action: 'open result', success: true, durationMs: n });
          // As between the tasks of a page.
          if (n % 1_000 === 999) await new Promise((resolve) => { setTimeout(resolve); });
        }
        await collector.flush();
        const { delivered } = collector.stats().sinks.a;
        await collector.shutdown();
        return delivered;
      };`,
    resolveDir: new URL('.', import.meta.url).pathname,
  },
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  alias: { library: process.env.LIBRARY },
  write: false,
});

const server = await startServer();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const results = { memory: [], relaxed: [], strict: [] };
try {
  const page = await browser.newPage();
  await page.goto(server.origin);
  await page.addScriptTag({ content: outputFiles[0].text });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const mainThreadMs = async () =>
    (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1_000;
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const durability of Object.keys(results)) {
      say(`round ${String(round)} of ${String(ROUNDS)}: ${durability}`);
      const before = await mainThreadMs();
      const delivered = await page.evaluate(([kind, count]) => globalThis.run(kind, count), [durability, EVENTS]);
      if (delivered !== EVENTS + 1) throw new Error(`Expected ${String(EVENTS + 1)} delivered events, got ${String(delivered)}`);
      if (round > 0) results[durability].push(((await mainThreadMs()) - before) * (1_000 / EVENTS));
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
say('done\n\n');
for (const [durability, values] of Object.entries(results)) {
  const sorted = values.sort((a, b) => a - b);
  process.stdout.write(
    `${durability}: ${sorted[(ROUNDS - 1) / 2].toFixed(1)} µs an event (${sorted[0].toFixed(1)} to ${sorted.at(-1).toFixed(1)})\n`,
  );
}
