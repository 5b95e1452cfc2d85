import { deniedBy } from '../config/denied-by.js';
import type { CollectorConfig } from '../config/options.js';
import { policyTable, type Policy } from '../config/policy.js';
import { captureEvent } from '../event/create-event.js';
import { environmentMetadata } from '../event/environment-metadata.js';
import { eventDefaults } from '../event/event-defaults.js';
import type { AnalyticsEvent, EventInput, EventMetadata } from '../event/event.js';
import { mergeMetadata } from '../event/merge-metadata.js';
import { priorityRank } from '../event/priority.js';
import { jsonBytes } from '../internal/json-bytes.js';
import { mapStrings } from '../internal/map-strings.js';
import { isBuiltIn, type RedactionRules } from '../redaction/rule.js';
import type { EventCollector } from './event-collector.js';
import { internalsOf, type Internals } from './internals.js';

/** `passes`, `stops` here, is `held`, passes by `chance`, or depends on code of the user's, which was not called: `unknown`. */
export type Verdict = 'passes' | 'stops' | 'held' | 'chance' | 'unknown';

/** What one stage would do with the event. */
export interface StageExplanation {
  readonly stage: 'capture' | 'validate' | 'admit' | 'consent' | 'sample' | 'enrich' | 'redact' | 'measure' | 'stages' | 'deliver';
  readonly verdict: Verdict;
  /** The reason, in words. */
  readonly why: string;
  /** Of `sample`: how likely the event is kept, beyond what `minPerWindow` keeps anyway. */
  readonly probability?: number;
  /** Of `redact`: where the library's own rules would change something. */
  readonly paths?: readonly string[];
  /** Of `deliver`: the sinks that would get the event. */
  readonly sinks?: readonly string[];
}

/** What would become of an event. */
export interface Explanation {
  /** Of the first stage that stops or holds it; else the least certain of all. */
  readonly verdict: Verdict;
  /** In order, up to the one that stops it. */
  readonly stages: readonly StageExplanation[];
}

/**
 * Says what a collector would do with an event now, stage by stage, and why. Nothing is collected, counted or consumed, and no validator,
 * enricher, strategy, stage, rule or metadata function of the user's is called. The event itself is looked at, its getters and `toJSON` included.
 *
 * @throws TypeError for a collector that another copy of the package made
 * @example
 * const collector = new EventCollector({ sinks: [], config: { privacyLevel: 'minimal' } });
 * const { verdict, stages } = explain(collector, { type: 'feature_used' });
 * expect([verdict, stages.at(-1)?.why]).to.deep.equal(['stops', 'privacyLevel is minimal: category usage is not collected']);
 */
export function explain<E extends AnalyticsEvent>(collector: EventCollector<E>, event: EventInput<E>): Explanation {
  const internals = internalsOf(collector);
  if (internals === undefined) throw new TypeError('Expected a collector made by this copy of rx-event-collector');
  const stages: StageExplanation[] = [];
  for (const stage of stagesOf(internals, collector, event)) {
    stages.push(stage);
    if (stage.verdict === 'stops' || stage.verdict === 'held') return { verdict: stage.verdict, stages };
  }
  const verdicts = new Set(stages.map(({ verdict }) => verdict));
  return { verdict: (['unknown', 'chance'] as const).find((verdict) => verdicts.has(verdict)) ?? 'passes', stages };
}

function* stagesOf<E extends AnalyticsEvent>(
  internals: Internals,
  collector: EventCollector<E>,
  input: unknown,
): Generator<StageExplanation, void> {
  const { options, admission } = internals;
  if (admission.isClosed) {
    yield { stage: 'capture', verdict: 'stops', why: 'the collector is shut down' };
    return;
  }
  let event: AnalyticsEvent;
  try {
    event = captureEvent(input, {
      now: () => 0,
      newId: () => 'explained',
      sessionId: collector.sessionId,
      metadata: sharedMetadata(internals),
      defaults: eventDefaults(options.eventDefaults),
    });
  } catch (error) {
    yield { stage: 'capture', verdict: 'stops', why: `invalid: ${error instanceof TypeError ? error.message : 'reading it threw'}` };
    return;
  }
  yield { stage: 'capture', verdict: 'passes', why: `category ${event.category}, priority ${event.priority}` };
  if (options.validate !== undefined) yield { stage: 'validate', verdict: 'unknown', why: 'the validate option decides' };
  const { config } = collector;
  const policy = policyTable(config)(event.type, event.category);
  yield policyVerdict(config, policy, event);
  const state = admission.consent;
  if (state !== undefined) yield consent(state);
  yield sampling(policy, event, options.sampling !== undefined);
  const enrichers = typeof options.enrichers === 'function' ? 1 : (options.enrichers?.length ?? 0);
  if (enrichers > 0) yield { stage: 'enrich', verdict: 'unknown', why: `${counted(enrichers, 'enricher')} may change it or filter it out` };
  if (options.redaction !== undefined) yield redaction(options.redaction, event);
  if (config.batch.maxBytes !== Infinity) yield measure(redacted(options.redaction ?? [], event), config.batch.maxBytes);
  const stages = options.stages?.length ?? 0;
  if (stages > 0) yield { stage: 'stages', verdict: 'unknown', why: `${counted(stages, 'stage')} of the user's decide` };
  yield delivery(internals, config.queue.maxEvents);
}

/** What every event is given, as far as it is known without asking the metadata function. */
function sharedMetadata({ options: { metadata }, processor }: Internals): EventMetadata {
  const shared = mergeMetadata(environmentMetadata(), typeof metadata === 'function' ? undefined : metadata);
  return mergeMetadata(shared, processor.metadataPatch);
}

function policyVerdict(config: CollectorConfig, { minRank }: Policy, { type, category, priority }: AnalyticsEvent): StageExplanation {
  const stops = (why: string): StageExplanation => ({ stage: 'admit', verdict: 'stops', why });
  switch (deniedBy(config, type, category)) {
    case 'enabled':
      return stops('enabled is false: nothing is collected');
    case 'privacyLevel':
      return stops(`privacyLevel is ${config.privacyLevel}: category ${category} is not collected`);
    case 'override':
      return stops(`the override of type ${type} disables it`);
    case 'category':
      return stops(`category ${category} is disabled`);
    case undefined:
      break;
  }
  if (priorityRank(priority) < minRank) return stops(`priority ${priority} is below the least that is collected`);
  return { stage: 'admit', verdict: 'passes', why: 'policy allows it' };
}

function consent(state: 'granted' | 'denied' | 'unknown'): StageExplanation {
  if (state === 'granted') return { stage: 'consent', verdict: 'passes', why: 'consent is granted' };
  if (state === 'denied') return { stage: 'consent', verdict: 'stops', why: 'consent is denied' };
  return { stage: 'consent', verdict: 'held', why: 'consent is not known yet' };
}

function sampling({ sampling: { rate, minPerWindow, windowMs } }: Policy, { priority }: AnalyticsEvent, isOwn: boolean): StageExplanation {
  const stage = 'sample';
  if (priority === 'high' || priority === 'critical')
    return { stage, verdict: 'passes', why: `priority ${priority} is exempt`, probability: 1 };
  if (isOwn) return { stage, verdict: 'unknown', why: 'the sampling option decides' };
  if (rate === 1) return { stage, verdict: 'passes', why: 'the rate is 1', probability: 1 };
  const why = `the first ${String(minPerWindow)} of its type in ${String(windowMs)} ms are kept, later ones with probability ${String(rate)}`;
  return { stage, verdict: rate === 0 && minPerWindow === 0 ? 'stops' : 'chance', why, probability: rate };
}

/** As the library's own rules leave it; as it is where they can't. */
function redacted(rules: RedactionRules, event: AnalyticsEvent): AnalyticsEvent {
  const own = rules.filter(isBuiltIn);
  try {
    return mapStrings(event, ['data', 'metadata'], (text, path) => own.reduce((result, rule) => rule.redact(result, path), text));
  } catch {
    return event;
  }
}

function measure(event: AnalyticsEvent, maxBytes: number): StageExplanation {
  const stage = 'measure';
  try {
    const bytes = jsonBytes([event]);
    if (bytes > maxBytes)
      return { stage, verdict: 'stops', why: `too_large: a batch of it alone takes ${String(bytes)} bytes of ${String(maxBytes)}` };
    return { stage, verdict: 'passes', why: `a batch of it alone takes ${String(bytes)} bytes of ${String(maxBytes)}` };
  } catch {
    return { stage, verdict: 'stops', why: 'invalid: it has no JSON form' };
  }
}

function redaction(rules: RedactionRules, event: AnalyticsEvent): StageExplanation {
  const own = rules.filter(isBuiltIn);
  const paths: string[] = [];
  try {
    mapStrings(event, ['data', 'metadata'], (text, path) => {
      if (own.reduce((redacted, rule) => rule.redact(redacted, path), text) !== text) paths.push(path);
      return text;
    });
  } catch (error) {
    return {
      stage: 'redact',
      verdict: 'stops',
      why: `it can't be redacted: ${error instanceof TypeError ? error.message : 'reading it threw'}`,
    };
  }
  const others = rules.length - own.length;
  if (others > 0) return { stage: 'redact', verdict: 'unknown', why: `${counted(others, 'rule')} of the user's were not tried`, paths };
  return {
    stage: 'redact',
    verdict: 'passes',
    why: paths.length === 0 ? 'nothing to redact' : `${counted(paths.length, 'string')} would be redacted`,
    paths,
  };
}

function delivery({ recorder, publisher, seats }: Internals, maxEvents: number): StageExplanation {
  const stage = 'deliver';
  const sinks = [...seats.all.values()].filter(({ isLeaving }) => !isLeaving).map(({ lane }) => lane.sink.name);
  const { obstacle } = publisher;
  if (obstacle === 'stage_completed') return { stage, verdict: 'stops', why: "the user's stages have completed", sinks };
  if (obstacle === 'no_sink') return { stage, verdict: 'stops', why: `${String(maxEvents)} events wait for a sink already`, sinks };
  if (!seats.hasRoom(recorder.ledger.awaitingBatch)) return { stage, verdict: 'stops', why: 'a lane that blocks is full', sinks };
  if (sinks.length > 0) return { stage, verdict: 'passes', why: `it goes to ${counted(sinks.length, 'sink')}`, sinks };
  return { stage, verdict: 'passes', why: publisher.processesAtOnce ? 'there is no sink' : 'it waits for the first sink', sinks };
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
