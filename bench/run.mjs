import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundleSizes } from './harness/bundle-size.mjs';
import { compare } from './harness/compare.mjs';
import { buildLibrary, installPeers } from './harness/prepare.mjs';
import { progressLine } from './harness/progress-line.mjs';
import { startServer } from './harness/server-process.mjs';
import { measureOnce } from './harness/worker-process.mjs';

/**
 * `npm run bench` measures everything and rewrites `results.md` and `results.svg`. `npm run bench -- --quick` takes fewer and shorter rounds
 * (about three minutes on an idle machine) and only prints. `--only cold,promises` runs some parts and prints their tables; parts are the keys of `PARTS`.
 */
const {
  values: { quick: isQuick, only },
} = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } });
const effort = isQuick ? { rounds: 5, generations: 2, roundMs: 30 } : { rounds: 9, generations: 5, roundMs: 60 };
const coldEffort = { measure: 'cold', isCold: true, clock: 'cpuNs', generations: 1, rounds: isQuick ? 5 : 15 };
const waiting = { ...effort, clock: 'wallNs', roundMs: 2 * effort.roundMs };

const say = progressLine();
installPeers(say);
buildLibrary(say);
// What the report imports may have been installed only now.
const { report } = await import('./report.mjs');

const { createCollector } = await import(`${process.env.LIBRARY}/index.js`);
/** Cases of the kernel, where the build has it. */
const withKernel = (cases) => (createCollector === undefined ? {} : cases);

const direct = { destination: 'none' };
const later = { destination: 'async' };
const decades = isQuick ? [1e4, 1e5, 1e6] : [1e4, 1e5, 1e6, 1e7];
/** Pipelines that are compared under load, one after the other. */
const PIPELINES = ['ours', 'otel', 'effect', 'posthog', 'segment', 'rxjs', 'loop'];

const PARTS = {
  perEvent: () =>
    compare({
      reference: { name: 'loop', ...direct },
      cases: {
        ours: { name: 'ours', ...direct },
        'ours-collect': { name: 'ours', ...later, onlyCollect: true },
        ...withKernel({
          kernel: { name: 'kernel', ...direct },
          'kernel-collect': { name: 'kernel', ...later, onlyCollect: true },
        }),
        'ours-1': { name: 'ours-1', ...direct },
        'ours-10': { name: 'ours-10', ...direct },
        'ours-100': { name: 'ours-100', ...direct },
        'ours-consistent': { name: 'ours-consistent', ...direct },
        'ours-redaction': { name: 'ours-redaction', ...direct },
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
      say: (text) => say(`per event: ${text}`),
    }),

  promises: () =>
    compare({
      reference: { name: 'loop', ...later },
      cases: {
        ours: { name: 'ours', ...later },
        ...withKernel({ kernel: { name: 'kernel', ...later } }),
        otel: { name: 'otel', ...later },
      },
      clock: 'cpuNs',
      ...effort,
      say: (text) => say(`sink that returns a promise: ${text}`),
    }),

  cold: async () => ({
    many: await coldSpan('many', 'loop', { ours: {}, ...withKernel({ kernel: {} }), otel: {} }),
    first: await coldSpan('first-event', 'otel', { ours: {}, ...withKernel({ kernel: {} }) }),
    hundred: await coldSpan('hundred', 'otel', {
      ours: {},
      'ours-loaded': { name: 'ours', rxjs: true },
      ...withKernel({ kernel: {}, 'kernel-loaded': { name: 'kernel', rxjs: true } }),
    }),
    phases: await coldSpan('phases', 'otel', { ours: { rxjs: true }, ...withKernel({ kernel: { rxjs: true } }) }),
  }),

  watched: () => {
    say('a live subscriber that has left');
    return measureOnce('watched', { rounds: isQuick ? 40 : 150 });
  },

  http: async () => {
    const server = await startServer();
    const { port } = server;
    const http = await compare({
      reference: { name: 'loop-in-order', destination: 'http', port },
      cases: {
        ours: { name: 'ours-http', destination: 'reported', port },
        'ours-2': { name: 'ours-http-2', destination: 'reported', port },
      },
      ...waiting,
      say: (text) => say(`HTTP: ${text}`),
    });
    const received = await server.stop();
    if (received !== http.sent) http.lost.push(`on the way to the server: ${String(http.sent - received)}`);
    return http;
  },

  ndjson: () =>
    compare({
      reference: { name: 'ndjson', ...direct },
      cases: { sync: { name: 'ndjson-sync', ...direct } },
      ...waiting,
      say: (text) => say(`NDJSON: ${text}`),
    }),

  sqlite: () =>
    compare({
      reference: { name: 'bare-inserts', ...direct },
      cases: { ours: { name: 'sqlite', ...direct } },
      ...waiting,
      clock: 'cpuNs',
      say: (text) => say(`SQLite: ${text}`),
    }),

  spool: async () => ({
    process: await compare({
      reference: { name: 'ndjson', ...direct },
      cases: { file: { name: 'file-spool', ...direct }, sqlite: { name: 'sqlite-spool', ...direct } },
      ...waiting,
      say: (text) => say(`spool: ${text}`),
    }),
    disk: await compare({
      reference: { name: 'synced-appends', ...direct },
      cases: { file: { name: 'file-spool-disk', ...direct }, sqlite: { name: 'sqlite-spool-disk', ...direct } },
      ...waiting,
      say: (text) => say(`spool, on disk: ${text}`),
    }),
  }),

  kept: () =>
    each('memory', ['bare', 'ours-roomy', 'otel', 'effect', 'posthog', 'rxjs'], (name) =>
      measureOnce('memory', { name, room: 100_000, checkpoints: [20_000, 60_000] }, ['--expose-gc']),
    ),

  overload: () => each('overload', PIPELINES, (name) => measureOnce('overload', { name, events: 120_000, ms: 20 })),

  growth: () => {
    // Pipelines without a bound, and slow ones, stop earlier.
    const most = { posthog: 1e5, segment: 1e5, rxjs: 1e5, loop: 1e6 };
    return each('a dead sink', PIPELINES, (name) =>
      measureOnce('memory', { name, checkpoints: decades.filter((events) => events <= (most[name] ?? Infinity)) }, ['--expose-gc']),
    );
  },

  delay: () =>
    each('event loop', ['idle', ...PIPELINES], (name) =>
      measureOnce('delay', { ...(name !== 'idle' && { name }), ms: isQuick ? 700 : 4_000 }),
    ),

  sizes: () => bundleSizes(process.env.LIBRARY),
};

/** Each name is also the case's, unless its parameters say otherwise. */
function coldSpan(span, reference, cases) {
  return compare({
    reference: { name: reference, span },
    cases: Object.fromEntries(Object.entries(cases).map(([key, parameters]) => [key, { name: key, span, ...parameters }])),
    ...coldEffort,
    say: (text) => say(`cold, ${span}: ${text}`),
  });
}

/** One after the other: they share the machine. */
async function each(what, names, measure) {
  const results = {};
  for (const name of names) {
    say(`${what}: ${name}`);
    results[name] = await measure(name);
  }
  return results;
}

const chosen = only?.split(',') ?? Object.keys(PARTS);
const unknown = chosen.filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0) throw new Error(`Unknown part ${unknown.join(', ')}. Parts: ${Object.keys(PARTS).join(', ')}`);

const results = { decades, hasKernel: createCollector !== undefined };
for (const part of chosen) results[part] = await PARTS[part]();
say('done\n\n');

const { markdown, svg } = await report(results);
process.stdout.write(`${markdown}\n`);
if (!isQuick && only === undefined) {
  writeFileSync(new URL('results.md', import.meta.url), `${markdown}\n`);
  writeFileSync(new URL('results.svg', import.meta.url), svg);
}
