import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * All cases by name: module in `cases/`, export, label, default options. A case is a function from a destination to a pipeline:
 *
 *     collect(input)   accepts one event
 *     flush?()         sends what is gathered, where full batches don't leave on their own
 *     drain?()         delivers what is gathered; resolves when done
 *     losses?()      { sampledOut, dropped, reported }: events it reports as not delivered; `reported` of them to a listener
 *     check?()         throws if anything else is wrong
 *     close()          delivers the rest; resolves when done
 */
const CASES = {
  loop: ['loop', 'loop', 'the hand-written loop'],
  'loop-in-order': ['loop', 'loopInOrder', 'the hand-written loop, batches one by one'],
  bare: ['loop', 'bareEvents', 'bare events in an array'],
  rxjs: ['rxjs', 'obviousComposition', 'the obvious RxJS composition'],
  ours: ['ours', 'ours', 'rx-event-collector'],
  kernel: ['kernel', 'kernel', '`createCollector` without features'],
  'ours-left': ['ours', 'oursWatched', '… whose one live subscriber left'],
  'ours-1': ['ours', 'oursWithSubscribers', '… 1 live subscriber', { count: 1 }],
  'ours-10': ['ours', 'oursWithSubscribers', '… 10 live subscribers', { count: 10 }],
  'ours-100': ['ours', 'oursWithSubscribers', '… 100 live subscribers', { count: 100 }],
  'ours-consistent': ['ours', 'oursWithConsistentSampling', '… consistent sampling at ½'],
  'ours-redaction': ['ours', 'oursWithRedaction', '… default redaction'],
  'ours-bytes': ['ours', 'oursWithByteLimit', '… byte limit'],
  'ours-roomy': ['ours', 'oursWithRoom', 'rx-event-collector'],
  'ours-http': ['http', 'oursOverHttp', '`httpSink` over `node:http`', { concurrency: 1 }],
  'ours-http-2': ['http', 'oursOverHttp', '… concurrency 2', { concurrency: 2 }],
  ndjson: ['ndjson', 'ndjson', 'NDJSON file sink', {}],
  'ndjson-sync': ['ndjson', 'ndjson', 'NDJSON file sink, datasync per 1,000', { syncEvery: 10 }],
  sqlite: ['sqlite', 'sqlite', 'SQLite sink'],
  'bare-inserts': ['sqlite', 'bareInserts', 'a bare loop of inserts'],
  'file-spool': ['spool', 'spool', '`fileSpool`', { kind: 'file', durability: 'process' }],
  'sqlite-spool': ['spool', 'spool', '`sqliteSpool`', { kind: 'sqlite', durability: 'process' }],
  'file-spool-disk': ['spool', 'spool', '`fileSpool`, durable on disk', { kind: 'file', durability: 'disk' }],
  'sqlite-spool-disk': ['spool', 'spool', '`sqliteSpool`, durable on disk', { kind: 'sqlite', durability: 'disk' }],
  'synced-appends': ['spool', 'syncedAppends', 'JSON, write and fdatasync by hand'],
  otel: ['opentelemetry', 'openTelemetry', '@opentelemetry/sdk-logs'],
  posthog: ['posthog', 'postHog', 'posthog-node'],
  segment: ['segment', 'segment', '@segment/analytics-node'],
  pino: ['pino', 'pinoLogger', 'pino'],
  effect: ['effect', 'effect', 'effect Queue + groupedWithin'],
};

/** @typedef {keyof typeof CASES} CaseName */

export const labelOf = (name) => CASES[name][2];

/** Loads a case, and starts it on a destination. */
export async function open(name, destination, options) {
  const start = await load(name);
  return start(destination, options);
}

/** Imports a case and what it measures. The result starts it. */
export async function load(name) {
  const [file, exported, , defaults] = CASES[name];
  const { [exported]: start } = await import(`./cases/${file}.mjs`);
  return (destination, options) => start(destination, { ...defaults, ...options });
}

/** Imports the rxjs that the library will import. */
export const importRxjs = () => import(pathToFileURL(createRequire(`${process.env.LIBRARY}/index.js`).resolve('rxjs')));
