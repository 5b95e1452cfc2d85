import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundleSizes } from './harness/bundle-size.mjs';
import { compare } from './harness/compare.mjs';
import { buildLibrary, installPeers } from './harness/prepare.mjs';
import { startServer } from './harness/server-process.mjs';
import { measureOnce } from './harness/worker-process.mjs';

/**
 * `npm run bench`: all of it, and `results.md` and `results.svg` are written anew. `npm run bench -- --quick`: fewer and shorter rounds, in
 * the terminal only, in less than three minutes.
 */
const {
  values: { quick: isQuick },
} = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const effort = isQuick ? { rounds: 7, generations: 2, roundMs: 30 } : { rounds: 9, generations: 5, roundMs: 60 };

const began = performance.now();
function say(text) {
  const line = `[${String(Math.round((performance.now() - began) / 1_000)).padStart(4)} s] ${text}`;
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

installPeers(say);
buildLibrary(say);
// Only now can what the report needs be there.
const { report } = await import('./report.mjs');

const { defaultRedaction } = await import(`${process.env.LIBRARY}/index.js`);

const direct = { destination: 'none' };
const perEvent = await compare({
  reference: { name: 'loop', ...direct },
  cases: {
    ours: { name: 'ours', ...direct },
    'ours-collect': { name: 'ours', destination: 'async', onlyCollect: true },
    'ours-async': { name: 'ours', destination: 'async' },
    'ours-1': { name: 'ours-1', ...direct },
    'ours-10': { name: 'ours-10', ...direct },
    'ours-100': { name: 'ours-100', ...direct },
    'ours-consistent': { name: 'ours-consistent', ...direct },
    ...(defaultRedaction !== undefined && { 'ours-redaction': { name: 'ours-redaction', ...direct } }),
    'ours-bytes': { name: 'ours-bytes', ...direct },
    effect: { name: 'effect', ...direct },
    pino: { name: 'pino', ...direct },
    otel: { name: 'otel', ...direct },
    rxjs: { name: 'rxjs', ...direct },
    posthog: { name: 'posthog', ...direct },
    segment: { name: 'segment', ...direct },
  },
  clock: 'cpuNs',
  ...effort,
  say,
});

const waiting = { ...effort, clock: 'wallNs', roundMs: 2 * effort.roundMs };

say('a live subscriber that has left');
const watched = await measureOnce('watched', { rounds: isQuick ? 40 : 150 });

const server = await startServer();
const { port } = server;
const http = await compare({
  reference: { name: 'loop-in-order', destination: 'http', port },
  cases: { ours: { name: 'ours-http', destination: 'told', port } },
  ...waiting,
  say: (text) => say(`HTTP: ${text}`),
});
const received = await server.stop();
if (received !== http.sent) http.lost.push(`on the way to the server: ${String(http.sent - received)}`);

const ndjson = await compare({
  reference: { name: 'ndjson', ...direct },
  cases: { sync: { name: 'ndjson-sync', ...direct } },
  ...waiting,
  say: (text) => say(`NDJSON: ${text}`),
});

const sqlite = await compare({
  reference: { name: 'bare-inserts', ...direct },
  cases: { ours: { name: 'sqlite', ...direct } },
  ...effort,
  roundMs: 2 * effort.roundMs,
  clock: 'cpuNs',
  say: (text) => say(`SQLite: ${text}`),
});

/** One after the other, as they share the machine. */
async function each(what, names, measure) {
  const results = {};
  for (const name of names) {
    say(`${what}: ${name}`);
    results[name] = await measure(name);
  }
  return results;
}

const kept = await each('memory', ['bare', 'ours-roomy', 'otel', 'effect', 'posthog', 'rxjs'], (name) =>
  measureOnce('memory', { name, room: 100_000, checkpoints: [20_000, 60_000] }, ['--expose-gc']),
);

const PIPELINES = ['ours', 'otel', 'effect', 'posthog', 'segment', 'rxjs', 'loop'];

const overload = await each('overload', PIPELINES, (name) => measureOnce('overload', { name, events: 120_000, ms: 20 }));

/** What keeps everything, or takes its time, need not go all the way. */
const MOST = { posthog: 1e5, segment: 1e5, rxjs: 1e5, loop: 1e6 };
const DECADES = isQuick ? [1e4, 1e5, 1e6] : [1e4, 1e5, 1e6, 1e7];
const growth = await each('a dead sink', PIPELINES, (name) =>
  measureOnce('memory', { name, checkpoints: DECADES.filter((events) => events <= (MOST[name] ?? Infinity)) }, ['--expose-gc']),
);

const delay = await each('event loop', ['idle', ...PIPELINES], (name) =>
  measureOnce('delay', { ...(name !== 'idle' && { name }), ms: isQuick ? 700 : 4_000 }),
);

const sizes = await bundleSizes(process.env.LIBRARY);
say('done\n\n');

const { markdown, svg } = await report({ perEvent, watched, http, ndjson, sqlite, kept, overload, growth, delay, sizes, decades: DECADES });
process.stdout.write(`${markdown}\n`);
if (!isQuick) {
  writeFileSync(new URL('results.md', import.meta.url), `${markdown}\n`);
  writeFileSync(new URL('results.svg', import.meta.url), svg);
}
