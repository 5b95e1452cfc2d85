import { build } from 'esbuild';
import { buildLibrary } from '../harness/prepare.mjs';
import { progressLine } from '../harness/progress-line.mjs';
import { median } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';
import { percent } from '../harness/units.mjs';
import { startServer } from './server.mjs';

/**
 * `node browser/devtools.mjs` from `bench` prints what open devtools cost a page in Chromium with two sinks, at 1,000 events a second: the share of the main
 * thread's time, beside the same page without them. *Source* is a reader that turns each snapshot into JSON, and draws nothing. *Element* has the picture and
 * the curves in view, *events* the list of events. `CHROMIUM` names another executable.
 */
const ROUNDS = 5;
const SECONDS = 5;
const RATE = 1_000;
const MODES = ['closed', 'source', 'element', 'events'];
const MUST = 0.05;
const ADDED = { source: 'the source', element: 'the element', events: 'the element, list of events in view' };

const say = progressLine();
buildLibrary(say);
const { chromium } = await import('playwright-core');

const { outputFiles } = await build({
  stdin: {
    contents: `
      import { EventCollector } from 'library/index.js';
      import { attachDevtools, devtoolsSource } from 'library/devtools.js';
      const process = () => new Promise((resolve) => { setTimeout(resolve, 5); });
      const collector = new EventCollector({ sinks: [{ name: 'warehouse', process }, { name: 'crm', process }] });
      const open = {
        closed: () => undefined,
        source: () => devtoolsSource(collector).snapshots$.subscribe((snapshot) => { globalThis.length = JSON.stringify(snapshot).length; }),
        element: () => attachDevtools(collector),
        events: () => attachDevtools(collector),
      };
      globalThis.open = (mode) => { globalThis.opened = open[mode](); };
      globalThis.scroll = () => document.querySelector('event-collector-devtools')
        .shadowRoot.querySelector('[aria-label="Latest events"]').scrollIntoView();
      globalThis.close = () => globalThis.opened?.unsubscribe();
      globalThis.run = (rate, seconds) => new Promise((resolve) => {
        const start = performance.now();
        let count = 0;
        // Some events in each task, as many as are due.
        const timer = setInterval(() => {
          const due = Math.min(seconds * rate, Math.floor(((performance.now() - start) / 1_000) * rate));
          for (; count < due; count += 1)
            collector.track('feature_used', { feature: 'search', action: 'open result', success: true, durationMs: count });
          if (count < seconds * rate) return;
          clearInterval(timer);
          resolve(performance.now() - start);
        }, 10);
      });`,
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
const shares = Object.fromEntries(MODES.map((mode) => [mode, []]));
try {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
  await page.goto(server.origin);
  await page.addScriptTag({ content: outputFiles[0].text });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const mainThreadMs = async () =>
    (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1_000;
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const mode of MODES) {
      say(`round ${String(round)} of ${String(ROUNDS)}: ${mode}`);
      await page.evaluate((each) => globalThis.open(each), mode);
      // Without the work of opening.
      await page.evaluate(([rate, seconds]) => globalThis.run(rate, seconds), [RATE, 1]);
      if (mode === 'events') await page.evaluate(() => globalThis.scroll());
      const before = await mainThreadMs();
      const elapsed = await page.evaluate(([rate, seconds]) => globalThis.run(rate, seconds), [RATE, SECONDS]);
      if (round > 0) shares[mode].push(((await mainThreadMs()) - before) / elapsed);
      await page.evaluate(() => globalThis.close());
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
say('done\n\n');
const added = (mode) => shares[mode].map((share, round) => share - shares.closed[round]);
process.stdout.write(
  `${table(
    ['of the main thread', 'median', 'least', 'most'],
    [['without devtools', shares.closed], ...MODES.slice(1).map((mode) => [`added by ${ADDED[mode]}`, added(mode)])].map(
      ([name, values]) => [name, ...[median(values), Math.min(...values), Math.max(...values)].map(percent)],
    ),
  )}\n\nThe element must add ${percent(MUST)} or less: ${['element', 'events'].every((mode) => median(added(mode)) <= MUST) ? 'holds' : 'MISSED'}\n`,
);
