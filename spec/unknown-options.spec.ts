import { expect } from 'chai';
import { NEVER } from 'rxjs';
import * as library from '../lib/index.js';
import {
  admit,
  aggregate,
  batch,
  boundedMergeMap,
  ConsoleSink,
  createBatch,
  createCollector,
  createEvent,
  defaultRedaction,
  deliver,
  enrich,
  EventBuilder,
  EventCollector,
  fanOut,
  gate,
  initGlobalCollector,
  live,
  MemorySink,
  redact,
  redaction,
  resolveConfig,
  sampleBy,
  sampling,
  withBreaker,
  withDeadLetters,
  withPolicy,
  withRuntimeSinks,
} from '../lib/index.js';

const sink = (): MemorySink => new MemorySink();
const everything = sampling.everything();

/** Each call passes one misspelt option: the option that is meant, and the call. */
const CALLS: Readonly<Record<string, readonly [meant: string, call: () => unknown]>> = {
  admit: ['onReject', () => admit(resolveConfig(), { onRejct: () => undefined } as object)],
  aggregate: ['graceMs', () => aggregate({ everyMs: 1, graceM: 5 } as never)],
  batch: ['maxCount', () => batch({ maxCont: 5 } as object)],
  boundedMergeMap: ['concurrency', () => boundedMergeMap(() => NEVER, { concurency: 2 } as object)],
  ConsoleSink: ['name', () => new ConsoleSink('app', { nam: 'console' } as object)],
  createBatch: ['reason', () => createBatch([], 1, { reson: 'count' } as object)],
  createCollector: ['sinks', () => createCollector({ sink: [] } as object)],
  'createCollector, its batch': ['batch.maxCount', () => createCollector({ batch: { maxcount: 5 } as object })],
  'createCollector, its lane': ['concurrency', () => createCollector({ lane: { concurrncy: 2 } as object })],
  createEvent: ['sessionId', () => createEvent({ type: 'a' }, { sesionId: 'session' } as object)],
  defaultRedaction: ['without', () => defaultRedaction({ withot: [] } as object)],
  deliver: ['timeoutMs', () => deliver(sink(), { timeout: 5 } as object)],
  'deliver, its clock': ['scheduler', () => deliver(sink(), { schedular: {} } as object)],
  'deliver, its retry': ['retry.maxAttempts', () => deliver(sink(), { retry: { maxAttempt: 3 } as object })],
  enrich: ['onReject', () => enrich((event) => event, { onRejct: () => undefined } as object)],
  EventBuilder: ['sessionId', () => new EventBuilder('a').build({ sesionId: 'session' } as object)],
  EventCollector: ['enrichers', () => new EventCollector({ enricher: (event: unknown) => event } as object)],
  'EventCollector, its config': ['batch.maxAgeMs', () => new EventCollector({ config: { batch: { maxAge: 5 } as object } })],
  fanOut: ['overflow', () => fanOut([sink()], { overflw: 'drop_oldest' } as object)],
  gate: ['maxHeld', () => gate(NEVER, { maxHold: 5 } as object)],
  initGlobalCollector: ['sinks', () => initGlobalCollector({ sink: [] } as object)],
  live: ['capacity', () => live(NEVER, { capcity: 5 } as object)],
  redact: ['onReject', () => redact([], { onRejct: () => undefined } as object)],
  resolveConfig: ['enabled', () => resolveConfig({ enable: true } as object)],
  sampleBy: ['exempt', () => sampleBy(everything, { exemp: () => true } as object)],
  'sampling.adaptive': ['targetPerSecond', () => sampling.adaptive({ targetPerSecond: 5, targetPerSecnd: 5 } as never)],
  'sampling.consistent': ['rate', () => sampling.consistent({ rate: 1, rat: 1 } as never)],
  'sampling.minPerWindow': ['windowMs', () => sampling.minPerWindow({ rate: 1, minPerWindow: 1, windowMs: 5, windwMs: 5 } as never)],
  'sampling.rateLimit': ['perSecond', () => sampling.rateLimit({ perSecond: 5, perSecnd: 5 } as never)],
  'sampling.byType': ['sampling', () => sampling.byType({ ...resolveConfig(), smpling: {} } as never)],
  withBreaker: ['failures', () => withBreaker({ failure: 5 } as object)],
  withDeadLetters: ['spool', () => withDeadLetters({ spol: {} } as object)],
  withPolicy: ['privacyLevel', () => withPolicy({ privacyLevl: 'full' } as object)],
  'Collector.retryNow': [
    'concurrency',
    () => {
      createCollector().retryNow({ concurency: 1 } as object);
    },
  ],
  'Collector.flush': ['timeoutMs', () => createCollector().flush({ timeout: 5 } as object)],
  'Collector.shutdown': ['timeoutMs', () => createCollector().shutdown({ timeout: 5 } as object)],
  'withRuntimeSinks, registerSink': [
    'maxEvents',
    () => {
      createCollector({}, withRuntimeSinks()).registerSink(sink(), { maxEvent: 5 } as object);
    },
  ],
  'withRuntimeSinks, unregisterSink': [
    'timeoutMs',
    () => createCollector({ sinks: [sink()] }, withRuntimeSinks()).unregisterSink('memory', { timeout: 5 } as object),
  ],
};

/** Exports without an options object: positional arguments only. */
const WITHOUT_OPTIONS = [
  ['categoryOf', 'isConfigError', 'isSinkError', 'explain', 'globalCollector', 'trackEvent', 'ConfigError', 'DROP_REASONS', 'MemorySink'],
  ['withByteLimit', 'withConsent', 'withDiagnostics', 'withEnrichers', 'withEventDefaults', 'withMetadata'],
  [
    'withOverflow',
    'withRedaction',
    'withSampling',
    'withStages',
    'withSettlements',
    'withStats',
    'withValidation',
    'blocking',
    'byPriority',
  ],
  ['laneStore'],
  ['sampling.all', 'sampling.everything', 'sampling.keepIf', 'sampling.rate'],
  // Its options are not checked: an error from inside its constructor would hide the failure that it describes.
  ['SinkError'],
  // It is made by `createCollector`, from the context of features.
  ['Collector'],
].flat();

describe('A misspelt option', () => {
  it('is tried with every export that has options', () => {
    const members = (name: string, namespace: object): string[] => Object.keys(namespace).map((key) => `${name}.${key}`);
    const exports = Object.entries(library).flatMap(([name, value]) => {
      if (value === library.sampling) return members(name, value);
      // Each is a rule, or makes one from positional arguments.
      return value === redaction ? [] : [name];
    });
    const tried = Object.keys(CALLS).map((name) => name.replace(/,.*/, ''));
    const untried = exports.filter((name) => !tried.includes(name) && !WITHOUT_OPTIONS.includes(name));
    expect(untried).to.deep.equal([]);
  });

  for (const [name, [meant, call]] of Object.entries(CALLS)) {
    it(`of ${name} is refused, and \`${meant}\` suggested`, async () => {
      let message = 'nothing was thrown';
      try {
        await call();
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).to.match(/Unknown option `/);
      expect(message).to.contain(`Did you mean \`${meant}\`? Options: `);
    });
  }
});
