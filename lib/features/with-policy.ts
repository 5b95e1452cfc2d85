import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import { setMaxEvents } from '../collector/sink-registry.js';
import type { CollectorConfig, ConfigPatch } from '../config/options.js';
import { policyTable, type Policy } from '../config/policy.js';
import { mergePatch, resolveConfig } from '../config/resolve-config.js';
import type { AnalyticsEvent } from '../event/event.js';
import { admitStep } from '../operators/admit.js';
import { sampleStep } from '../operators/sample-by.js';
import { startByType, type TypeSampler } from '../sampling/by-type.js';
import { fillOnce } from './fill-once.js';

/** The members that `withPolicy` adds. */
export interface WithPolicy {
  /** The current configuration: complete and frozen. */
  readonly config: CollectorConfig;
  /**
   * Merges a patch into the configuration; `undefined` resets a key to its default. Applies from the next event on.
   *
   * @throws ConfigError with every fault; then nothing has changed
   */
  updateConfig(patch: ConfigPatch): void;
}

/**
 * Applies a configuration, which decides which events are collected and sampled, when batches are cut, and how many events lanes hold.
 *
 * @throws ConfigError with every fault of the configuration
 * @throws TypeError for `batch.maxBytes` without `withByteLimit()`, when the collector is created
 * @throws Error if it is passed twice, or to an `EventCollector`
 * @example
 * const collector = createCollector({ sinks: [] }, withPolicy({ privacyLevel: 'minimal' }));
 * expect([collector.track('feature_used'), collector.track('error_occurred')]).to.deep.equal(['filtered', 'accepted']);
 * collector.updateConfig({ privacyLevel: 'full' });
 * expect(collector.track('feature_used')).to.equal('accepted');
 */
export function withPolicy<E extends AnalyticsEvent = AnalyticsEvent>(config: ConfigPatch = {}): CollectorFeature<WithPolicy, E> {
  const initialPatch = mergePatch({}, config);
  const initial = resolveConfig(initialPatch);
  return kernelFeature((kernel) => {
    fillOnce(kernel.facts.config !== undefined, 'withPolicy');
    let patch = initialPatch;
    let current = initial;
    let policies = policyTable(initial);
    let typeSampler: TypeSampler | undefined = undefined as TypeSampler | undefined;
    /** The policy of the event that was admitted last. */
    let policy: Policy | undefined;

    const checkBytes = ({ batch }: CollectorConfig): void => {
      if (batch.maxBytes !== Infinity && kernel.sizeOf === undefined)
        throw new TypeError('`batch.maxBytes` needs the feature `withByteLimit()`');
    };
    const apply = ({ batch, queue }: CollectorConfig): void => {
      kernel.limits = { ...batch, maxBytes: Math.min(batch.maxBytes, kernel.byteLimit) };
      kernel.maxEvents = queue.maxEvents;
    };
    apply(initial);
    kernel.facts.config = () => current;

    kernel.processor.addStep(
      'admit',
      admitStep<E>((type, category) => (policy = policies(type, category))),
    );
    kernel.onAssemble(() => {
      // Checked here, since `withByteLimit` may be passed after `withPolicy`.
      checkBytes(current);
      const { admission, facts, processor } = kernel;
      if (facts.hasSampling) return;
      // If no user code runs between admitting and sampling, `policy` still belongs to the same event, so the sampler needn't look it up again.
      const isImmediate = admission.consent === undefined && !facts.ownSteps?.some((place) => place === 'admit' || place === 'sample');
      processor.addStep('sample', (env) => {
        const sampler = (typeSampler = startByType(current, env));
        const step = sampleStep<E>({ start: () => sampler.sample })(env);
        return isImmediate ? (event) => (policy?.sampling.rate === 1 ? event : step(event)) : step;
      });
    });

    return {
      get config() {
        return current;
      },
      updateConfig(changes) {
        const { admission, publisher, sinks, trampoline } = kernel;
        const merged = mergePatch(patch, changes);
        const next = resolveConfig(merged);
        checkBytes(next);
        apply(next);
        patch = merged;
        current = next;
        policies = policyTable(next);
        typeSampler?.update(next);
        trampoline.defer(() => {
          kernel.applyLimits();
          setMaxEvents(sinks, next.queue.maxEvents);
          publisher.hold?.trim(next.queue.maxEvents, 'no_sink');
          admission.consent?.trim();
          admission.capacity?.admitWaiting();
        }, trampoline.depth);
      },
    };
  });
}
