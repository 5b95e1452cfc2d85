import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import { redactStep } from '../operators/redact.js';
import type { RedactionRules } from '../redaction/rule.js';

/**
 * Redacts `data` and `metadata` of every event, like `redact`: subscribers, stages and sinks see only the result. If the feature is passed several
 * times, the rules are applied in the order of the arguments.
 *
 * @throws TypeError for an invalid rule
 */
export function withRedaction<E extends AnalyticsEvent = AnalyticsEvent>(rules: RedactionRules): CollectorFeature<void, E> {
  const start = redactStep<E>(rules);
  return kernelFeature((kernel) => {
    kernel.facts.redaction = [...(kernel.facts.redaction ?? []), ...rules];
    kernel.processor.addStep('redact', start);
  });
}
