import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, checkArgument, formatValue } from '../internal/check-option.js';

/**
 * Rejects an event as `'invalid'` if `validate` returns a message for it, or throws. If the feature is passed several times, an event must pass
 * each of them.
 *
 * @throws TypeError if `validate` is not a function
 * @example
 * const collector = createCollector({ sinks: [] }, withValidation(({ data }) => (data === undefined ? 'data is missing' : undefined)));
 * expect([collector.track('a'), collector.track('a', 1)]).to.deep.equal(['invalid', 'accepted']);
 */
export function withValidation<E extends AnalyticsEvent = AnalyticsEvent>(
  validate: (event: E) => string | undefined,
): CollectorFeature<void, E> {
  checkArgument('validate', validate, aFunction);
  return kernelFeature((kernel) => {
    kernel.facts.hasValidation = true;
    kernel.processor.addStep('validate', ({ reject }) => (event) => {
      try {
        const fault: unknown = validate(event);
        if (fault === undefined) return event;
        const isText = typeof fault === 'string';
        reject(
          event,
          'invalid',
          new TypeError(isText ? fault : `Expected \`validate\` to return a string or undefined, got ${formatValue(fault)}`),
        );
      } catch (error) {
        reject(event, 'invalid', error);
      }
      return undefined;
    });
  });
}
