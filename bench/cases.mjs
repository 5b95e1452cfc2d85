/**
 * Everything that is measured, by name. A case is a function that takes a destination and gives a pipeline:
 *
 *     collect(input)   takes one event
 *     flush?()         asks for what is gathered, where full batches don't leave by themselves
 *     accounts?()      { sampledOut, dropped, told }: what it says it did not deliver, and what it told somebody of
 *     check?()         throws where something else is not as it should be
 *     close()          lets everything out; resolves when that is done
 */
const CASES = {
  loop: ['loop', 'loop', 'the hand-written loop'],
  'loop-in-order': ['loop', 'loopInOrder', 'the hand-written loop, batches one by one'],
  bare: ['loop', 'bareEvents', 'bare events in an array'],
  rxjs: ['rxjs', 'obviousComposition', 'the obvious RxJS composition'],
  ours: ['ours', 'ours', 'rx-event-collector'],
  'ours-left': ['ours', 'oursWatched', '… whose one live subscriber left'],
  'ours-1': ['ours', 'oursWithSubscribers', '… 1 live subscriber', { count: 1 }],
  'ours-10': ['ours', 'oursWithSubscribers', '… 10 live subscribers', { count: 10 }],
  'ours-100': ['ours', 'oursWithSubscribers', '… 100 live subscribers', { count: 100 }],
  'ours-consistent': ['ours', 'oursWithConsistentSampling', '… consistent sampling at ½'],
  'ours-redaction': ['ours', 'oursWithRedaction', '… default redaction'],
  'ours-bytes': ['ours', 'oursWithByteLimit', '… byte limit'],
  'ours-roomy': ['ours', 'oursWithRoom', 'rx-event-collector'],
  'ours-http': ['ours', 'oursOverHttp', 'httpSink over node:http'],
  ndjson: ['ndjson', 'ndjson', 'NDJSON file sink', {}],
  'ndjson-sync': ['ndjson', 'ndjson', 'NDJSON file sink, datasync per 1,000', { syncEvery: 10 }],
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
  const [file, exported, , defaults] = CASES[name];
  const { [exported]: start } = await import(`./cases/${file}.mjs`);
  return start(destination, { ...defaults, ...options });
}
