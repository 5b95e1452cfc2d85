import { SENDS_AND_RECEIVES, type Project } from './project.js';

const PROGRAM = `import { sendAndReceive } from './send.mjs';\nconsole.log(await sendAndReceive());\n`;

/** Writes a file, opens a store where the runtime has a driver, and ends by itself. */
const NODE_PROGRAM = `${PROGRAM}
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { EventCollector } from 'rx-event-collector';
import { ndjsonFileSink, openEventStore, withProcessLifecycle } from 'rx-event-collector/node';

const collector = new EventCollector({ sinks: [ndjsonFileSink({ path: 'events.ndjson' })] });
withProcessLifecycle(collector);
collector.track('order_placed');
await collector.shutdown();
if (JSON.parse(readFileSync('events.ndjson', 'utf8')).type !== 'order_placed') throw new Error('Not in the file');

if (createRequire(import.meta.url)('rx-event-collector').EventCollector !== EventCollector) throw new Error('require() loads another copy');
`;

const WORKER = `import { sendAndReceive } from './send.mjs';
export default { fetch: async () => new Response(await sendAndReceive()) };
`;

const RUN_WORKER = `import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
await build({ entryPoints: ['worker.mjs'], bundle: true, format: 'esm', conditions: ['workerd', 'worker'], outfile: 'out/worker.mjs' });
const miniflare = new Miniflare({ modules: true, scriptPath: 'out/worker.mjs', compatibilityDate: '2025-10-01' });
const text = await (await miniflare.dispatchFetch('http://localhost/')).text();
await miniflare.dispose();
if (text !== 'received') throw new Error(text);
`;

const WORKERD: Project = {
  name: 'workerd',
  // Miniflare needs a newer Node than 20.
  installs: ['miniflare@4', 'esbuild', 'node@22'],
  files: { 'send.mjs': SENDS_AND_RECEIVES, 'worker.mjs': WORKER, 'run.mjs': RUN_WORKER },
  command: ['node', 'run.mjs'],
  runsScripts: true,
};

export const RUNTIMES: readonly Project[] = [
  ...['20', '22', '24', '26'].map((version) => ({
    name: `node-${version}`,
    installs: [`node@${version}`],
    files: { 'send.mjs': SENDS_AND_RECEIVES, 'a.mjs': NODE_PROGRAM },
    command: ['node', 'a.mjs'] as const,
    runsScripts: true,
  })),
  ...['bun', 'deno'].map((name) => ({
    name,
    installs: [name],
    files: { 'send.mjs': SENDS_AND_RECEIVES, 'a.mjs': PROGRAM },
    command: [name, 'run', ...(name === 'deno' ? ['--allow-all'] : []), 'a.mjs'] as const,
    runsScripts: true,
  })),
  WORKERD,
];
