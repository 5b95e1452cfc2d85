import { deniedBy } from '../config/denied-by.js';
import type { CollectorConfig } from '../config/options.js';
import { policyTable, type Policy } from '../config/policy.js';
import { captureEvent } from '../event/create-event.js';
import { environmentMetadata } from '../event/environment-metadata.js';
import type { ConsentState } from '../consent/consent-gate.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { mergeMetadata } from '../event/merge-metadata.js';
import { priorityRank } from '../event/priority.js';
import { jsonBytes } from '../internal/json-bytes.js';
import { createRedactor } from '../redaction/redactor.js';
import { isBuiltIn, type RedactionRules } from '../redaction/rule.js';
import type { Collector } from './collector.js';
import { kernelOf, type Kernel } from './kernel.js';
import { PATH } from './pipeline.js';
import { activeNames, hasCapacity } from './sink-registry.js';

/** `passes`, `stops` here, is `held`, passes by `chance`, or is `unknown`: the outcome depends on the user's own code, which is not called. */
export type ExplainVerdict = 'passes' | 'stops' | 'held' | 'chance' | 'unknown';

/** What one step of the path would do with the event. */
export interface StageExplanation {
  readonly stage: Exclude<(typeof PATH)[number], 'hold' | 'batch'>;
  readonly verdict: ExplainVerdict;
  /** The reason, in words. */
  readonly why: string;
  /** For `sample`: the probability that the event is kept if it isn't among the first `minPerWindow`. */
  readonly probability?: number;
  /** For `redact`: where the library's own rules would change something. */
  readonly paths?: readonly string[];
  /** For `deliver`: the sinks that would get the event. */
  readonly sinks?: readonly string[];
}

/** What would happen to an event. */
export interface Explanation {
  /** The verdict of the first step that stops or holds it; otherwise the least certain one. */
  readonly verdict: ExplainVerdict;
  /** The steps in the order of the path, up to the one that stops the event. */
  readonly stages: readonly StageExplanation[];
}

/**
 * Explains what a collector would do with an event now, step by step, and why. Nothing is collected, counted or consumed, and none of the user's
 * validators, enrichers, strategies, stages, rules or metadata functions is called. The event itself is read, including its getters and `toJSON`.
 *
 * @throws TypeError for a collector that another copy of the package made
 * @example
 * const collector = new EventCollector({ sinks: [], config: { privacyLevel: 'minimal' } });
 * const { verdict, stages } = explain(collector, { type: 'feature_used' });
 * expect([verdict, stages.at(-1)?.why]).to.deep.equal(['stops', 'privacyLevel is minimal: category usage is not collected']);
 */
export function explain<E extends AnalyticsEvent>(collector: Collector<E>, event: EventInput<E>): Explanation {
  const kernel = kernelOf(collector);
  if (kernel === undefined) throw new TypeError('Expected a collector made by this copy of rx-event-collector');
  const context: Explained = { kernel, input: event, event: undefined as never };
  const stages: StageExplanation[] = [];
  for (const step of PATH) {
    const stage = withOwnSteps(kernel, step, EXPLAINERS[step]?.(context));
    if (stage === undefined) continue;
    stages.push({ stage: step as StageExplanation['stage'], ...stage });
    if (stage.verdict === 'stops' || stage.verdict === 'held') return { verdict: stage.verdict, stages };
  }
  const verdicts = new Set(stages.map(({ verdict }) => verdict));
  return { verdict: (['unknown', 'chance'] as const).find((verdict) => verdicts.has(verdict)) ?? 'passes', stages };
}

/** Steps of users' features are not called: at their places the verdict is `unknown`. */
function withOwnSteps({ facts }: Kernel<AnalyticsEvent>, step: (typeof PATH)[number], stage: ReturnType<Explainer>): ReturnType<Explainer> {
  const isOwn = (facts.ownSteps as readonly string[] | undefined)?.includes(step);
  if (!isOwn || stage?.verdict === 'stops' || stage?.verdict === 'held') return stage;
  return { ...stage, verdict: 'unknown', why: "a step of a feature of the user's decides" };
}

/** The event on its way through the explanation. */
interface Explained {
  readonly kernel: Kernel<AnalyticsEvent>;
  readonly input: unknown;
  /** Set by `capture`. */
  event: AnalyticsEvent;
}

type Explainer = (explained: Explained) => Omit<StageExplanation, 'stage'> | undefined;

/** What each step of the path would do; `undefined` where it is empty. */
const EXPLAINERS: Readonly<Partial<Record<(typeof PATH)[number], Explainer>>> = {
  capture,
  validate: ({ kernel: { facts } }) => (facts.hasValidation ? { verdict: 'unknown', why: 'the validate option decides' } : undefined),
  admit: ({ kernel: { facts }, event }) => facts.config && policyVerdict(facts.config(), event),
  consent: ({ kernel: { facts } }) => facts.consent && consent(facts.consent()),
  sample: ({ kernel: { facts }, event }) => {
    if (!facts.hasSampling && facts.config === undefined) return undefined;
    return sampling(facts.config && policyTable(facts.config())(event.type, event.category), event, facts.hasSampling === true);
  },
  enrich: ({ kernel: { facts } }) =>
    facts.enrichers ? { verdict: 'unknown', why: `${counted(facts.enrichers, 'enricher')} may change it or filter it out` } : undefined,
  redact: ({ kernel: { facts }, event }) => facts.redaction && redaction(facts.redaction, event),
  measure: ({ kernel: { facts, limits }, event }) =>
    limits.maxBytes === Infinity ? undefined : measure(redacted(facts.redaction ?? [], event), limits.maxBytes),
  stages: ({ kernel: { facts } }) =>
    facts.stages ? { verdict: 'unknown', why: `${counted(facts.stages, 'stage')} of the user's decide` } : undefined,
  deliver: ({ kernel }) => delivery(kernel),
};

function capture(explained: Explained): Omit<StageExplanation, 'stage'> {
  const { kernel, input } = explained;
  const { admission, processor, facts } = kernel;
  const unusable: string[] = [];
  if (admission.isClosed) return { verdict: 'stops', why: 'the collector is shut down' };
  try {
    explained.event = captureEvent(input, {
      now: () => 0,
      newId: () => 'explained',
      sessionId: kernel.sessionId,
      metadata: mergeMetadata(environmentMetadata(), facts.metadata?.()),
      defaults: processor.defaults,
      onUnusable: (field) => unusable.push(field),
    });
  } catch (error) {
    return { verdict: 'stops', why: `invalid: ${error instanceof TypeError ? error.message : 'reading it threw'}` };
  }
  const { category, priority } = explained.event;
  const replaced = unusable.map((field) => `, \`${field}\` can't be used and is replaced`).join('');
  return { verdict: 'passes', why: `category ${category}, priority ${priority}${replaced}` };
}

function policyVerdict(config: CollectorConfig, { type, category, priority }: AnalyticsEvent): Omit<StageExplanation, 'stage'> {
  const stops = (why: string) => ({ verdict: 'stops', why }) as const;
  const { minRank } = policyTable(config)(type, category);
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
  if (priorityRank(priority) < minRank) return stops(`priority ${priority} is below the lowest that is collected`);
  return { verdict: 'passes', why: 'policy allows it' };
}

function consent(state: ConsentState): Omit<StageExplanation, 'stage'> {
  if (state === 'granted') return { verdict: 'passes', why: 'consent is granted' };
  if (state === 'denied') return { verdict: 'stops', why: 'consent is denied' };
  return { verdict: 'held', why: 'consent is not known yet' };
}

function sampling(policy: Policy | undefined, { priority }: AnalyticsEvent, isOwn: boolean): Omit<StageExplanation, 'stage'> {
  if (priority === 'high' || priority === 'critical') return { verdict: 'passes', why: `priority ${priority} is exempt`, probability: 1 };
  if (isOwn || policy === undefined) return { verdict: 'unknown', why: 'the sampling option decides' };
  const { rate, minPerWindow, windowMs } = policy.sampling;
  if (rate === 1) return { verdict: 'passes', why: 'the rate is 1', probability: 1 };
  const why = `the first ${String(minPerWindow)} of its type in ${String(windowMs)} ms are kept, later ones with probability ${String(rate)}`;
  return { verdict: rate === 0 && minPerWindow === 0 ? 'stops' : 'chance', why, probability: rate };
}

/** The event after the library's own rules; unchanged if they fail. */
function redacted(rules: RedactionRules, event: AnalyticsEvent): AnalyticsEvent {
  try {
    return createRedactor(rules.filter(isBuiltIn))(event);
  } catch {
    return event;
  }
}

function measure(event: AnalyticsEvent, maxBytes: number): Omit<StageExplanation, 'stage'> {
  try {
    const bytes = jsonBytes([event]);
    if (bytes > maxBytes)
      return { verdict: 'stops', why: `too_large: a batch of it alone takes ${String(bytes)} bytes of ${String(maxBytes)}` };
    return { verdict: 'passes', why: `a batch of it alone takes ${String(bytes)} bytes of ${String(maxBytes)}` };
  } catch {
    return { verdict: 'stops', why: 'invalid: it has no JSON form' };
  }
}

function redaction(rules: RedactionRules, event: AnalyticsEvent): Omit<StageExplanation, 'stage'> {
  const own = rules.filter(isBuiltIn);
  const paths: string[] = [];
  try {
    createRedactor(own, (path) => paths.push(path))(event);
  } catch (error) {
    const isOwn = error instanceof TypeError || error instanceof RangeError;
    return { verdict: 'stops', why: `it can't be redacted: ${isOwn ? error.message : 'reading it threw'}` };
  }
  const others = rules.length - own.length;
  if (others > 0) return { verdict: 'unknown', why: `${counted(others, 'rule')} of the user's were not tried`, paths };
  return {
    verdict: 'passes',
    why: paths.length === 0 ? 'nothing to redact' : `${counted(paths.length, 'string')} would be redacted`,
    paths,
  };
}

function delivery({ recorder, publisher, sinks: registry, maxEvents }: Kernel<AnalyticsEvent>): Omit<StageExplanation, 'stage'> {
  const sinks = activeNames(registry);
  const { obstacle } = publisher;
  if (obstacle === 'stage_completed') return { verdict: 'stops', why: "the user's stages have completed", sinks };
  if (obstacle === 'no_sink') return { verdict: 'stops', why: `${String(maxEvents)} events wait for a sink already`, sinks };
  if (!hasCapacity(registry, recorder.ledger.buffered)) return { verdict: 'stops', why: 'a lane that blocks is full', sinks };
  if (sinks.length > 0) return { verdict: 'passes', why: `it goes to ${counted(sinks.length, 'sink')}`, sinks };
  return { verdict: 'passes', why: publisher.isDiscarding ? 'there is no sink' : 'it waits for the first sink', sinks };
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
