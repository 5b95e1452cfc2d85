import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import { checkArgument } from '../internal/check-option.js';
import { sampleStep } from '../operators/sample-by.js';
import { aStrategy } from '../sampling/a-strategy.js';
import type { SamplingStrategy } from '../sampling/strategy.js';
import { fillOnce } from './fill-once.js';

/**
 * Samples events by a strategy, like `sampleBy`. It replaces the sampling of `withPolicy`. To combine strategies, use `sampling.all`.
 *
 * @throws TypeError for an invalid strategy
 */
export function withSampling<E extends AnalyticsEvent = AnalyticsEvent>(strategy: SamplingStrategy<E>): CollectorFeature<void, E> {
  checkArgument('strategy', strategy, aStrategy);
  return kernelFeature((kernel) => {
    fillOnce(kernel.facts.hasSampling === true, 'withSampling');
    kernel.facts.hasSampling = true;
    kernel.processor.addStep('sample', sampleStep(strategy));
  });
}
