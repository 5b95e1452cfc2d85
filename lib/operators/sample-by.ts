import type { MonoTypeOperatorFunction } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { priorityRank } from '../event/priority.js';
import { aFunction, checkArgument, formatValue } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { aStrategy } from '../sampling/a-strategy.js';
import type { SamplingStrategy } from '../sampling/strategy.js';
import { stepOperator, stepRows, type StartStep, type StepOptions } from './step.js';

export interface SampleByOptions<E> extends StepOptions<E> {
  /**
   * Returns whether an event passes with its weight unchanged. The strategy isn't called for it, so it consumes no quota. @default priority high or
   * critical
   */
  readonly exempt?: ((event: E) => boolean) | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<SampleByOptions<never>, 'onReject'>(() => ({ ...stepRows(), exempt: [aFunction, isImportant] }));

/**
 * Passes a sample of the events, each with the weight of the events that it represents.
 *
 * ```
 * source   --a--b--c--d--|        all of weight 1
 *          sampleBy(everyNth(2))
 * result   --a-----c-----|        of weight 2
 * ```
 *
 * The strategy starts with fresh state for each subscription. The event's weight is multiplied by the strategy's result, in a copy; if that is 1, the
 * event itself passes. Events are rejected as `'sampled'`, or as `'sampler_error'` if the strategy or `exempt` throws, or the weight would not be a
 * finite number ≥ 1. Error and completion are passed on; if the strategy's `start` throws, the result fails.
 *
 * @throws TypeError for an invalid strategy, and for an invalid or unknown option
 * @example
 * const everyNth = (n: number) => ({
 *   start() {
 *     let seen = 0;
 *     return () => (seen++ % n === 0 ? n : 0);
 *   },
 * });
 * const seen: unknown[] = [];
 * of(1, 2, 3, 4)
 *   .pipe(map((data) => createEvent({ type: 'tick', data })), sampleBy(everyNth(2)))
 *   .subscribe(({ data, weight }) => seen.push([data, weight]));
 * expect(seen).to.deep.equal([[1, 2], [3, 2]]);
 */
export function sampleBy<E extends AnalyticsEvent = AnalyticsEvent>(
  strategy: SamplingStrategy<NoInfer<E>>,
  options: SampleByOptions<E> = {},
): MonoTypeOperatorFunction<E> {
  checkArgument('strategy', strategy, aStrategy);
  const { exempt, ...step } = OPTIONS.parse(options) as ReturnType<typeof OPTIONS.parse> & Pick<SampleByOptions<E>, 'onReject' | 'exempt'>;
  return stepOperator(sampleStep(strategy, exempt), step);
}

/** `sampleBy` as a step. */
export function sampleStep<E extends AnalyticsEvent>(
  strategy: SamplingStrategy<E>,
  exempt: (event: E) => boolean = isImportant,
): StartStep<E> {
  return (env) => {
    const { reject } = env;
    const sample = strategy.start(env);
    return (event) => {
      try {
        if (exempt(event)) return event;
        const factor = sample(event);
        if (factor === 1) return event;
        if (factor !== 0) return weighted(event, factor);
      } catch (error) {
        reject(event, 'sampler_error', error);
        return undefined;
      }
      reject(event, 'sampled');
      return undefined;
    };
  };
}

function weighted<E extends AnalyticsEvent>(event: E, factor: number): E {
  const weight = event.weight * factor;
  if (factor > 1 && weight >= 1 && weight < Infinity) return { ...event, weight };
  const expected = 'Expected a sampler to return 0 or a finite number ≥ 1';
  throw new TypeError(`${expected}, got ${formatValue(factor)} for an event of weight ${formatValue(event.weight)}`);
}

/** The rank of `'high'`. */
const HIGH = 2;

function isImportant(event: AnalyticsEvent): boolean {
  return priorityRank(event.priority) >= HIGH;
}
