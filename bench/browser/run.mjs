import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildLibrary } from '../harness/prepare.mjs';
import { progressLine } from '../harness/progress-line.mjs';
import { bundleOf } from './bundles.mjs';
import { runnableCases } from './cases.mjs';

/**
 * `npm run bench:browser` measures the collector beside other SDKs in Chromium, and rewrites `../results-browser.md`. With `-- --quick` it takes
 * three rounds (under three minutes) and only prints. `--only ours,opentelemetry` takes some cases. `CHROMIUM` names another executable.
 */
const {
  values: { quick: isQuick, only },
} = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } });
const rounds = isQuick ? 3 : 11;
const THROTTLES = [1, 4];

const say = progressLine();
const folder = fileURLToPath(new URL('.', import.meta.url));
if (!existsSync(`${folder}node_modules`)) {
  say('Installing the SDKs (npm ci in bench/browser)');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
}
buildLibrary(say);
const { chromium } = await import('playwright-core');
const { EVENTS, measurePage } = await import('./measure-page.mjs');
const { report } = await import('./report.mjs');
const { startServer } = await import('./server.mjs');

const { runnable, skipped } = await runnableCases(process.env.LIBRARY);
const names = only === undefined ? runnable : runnable.filter((name) => only.split(',').includes(name));
const bundles = new Map();
for (const name of ['nothing', ...names]) bundles.set(name, await bundleOf(name, process.env.LIBRARY));

const server = await startServer();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

/** Pages by case and throttling. Cases alternate, in the opposite order every other round. */
const pages = new Map();
try {
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? ['nothing', ...names] : ['nothing', ...names].reverse();
    for (const name of order) {
      for (const throttle of THROTTLES) {
        say(`round ${String(round)} of ${String(rounds)}: ${name}, ${String(throttle)} ×`);
        const { script } = bundles.get(name);
        const page = await measurePage({ browser, server, script, throttle, expected: name === 'nothing' ? 0 : EVENTS });
        // The first round warms up the browser.
        const key = `${name} ${String(throttle)}`;
        if (round > 0) pages.set(key, [...(pages.get(key) ?? []), page]);
      }
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
say('done\n\n');

const markdown = report({ names, skipped, bundles, pages, version: browser.version(), rounds });
process.stdout.write(`${markdown}\n`);
if (!isQuick && only === undefined) writeFileSync(new URL('../results-browser.md', import.meta.url), `${markdown}\n`);
