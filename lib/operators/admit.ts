import { defer, ignoreElements, isObservable, takeUntil, tap, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { CollectorConfig } from '../config/options.js';
import { policyTable } from '../config/policy.js';
import { resolveConfig } from '../config/resolve-config.js';
import type { AnalyticsEvent, EventCategory } from '../event/event.js';
import { priorityRank } from '../event/priority.js';
import { checkStepOptions, stepOperator, type StartStep, type StepOptions } from './step.js';

/** Told about each event that policy keeps out, as `'filtered'`, or that is none, as `'invalid'`. */
export type AdmitOptions<E> = Pick<StepOptions<E>, 'onReject'>;

/**
 * Lets the events through that policy allows: collection enabled, privacy level, category, type, lowest priority.
 *
 * ```
 * source   --a--b--c--d--|        b: its category is disabled; d: its priority is too low
 *          admit(config)
 * result   --a-----c-----|
 * ```
 *
 * A config that comes as an Observable applies from the event after it; before the first one, the default config does. When it fails, so
 * does the result; when it completes, its last value holds. It is unsubscribed with the source, whose error and completion pass.
 *
 * @throws ConfigError for a config that can't be used; where the config is an Observable, the result fails with it
 * @example
 * const seen: string[] = [];
 * of(createEvent({ type: 'feature_used', data: {} }), createEvent({ type: 'panic_caught', data: {} }))
 *   .pipe(admit(resolveConfig({ privacyLevel: 'minimal' })))
 *   .subscribe(({ type }) => seen.push(type));
 * expect(seen).to.deep.equal(['panic_caught']);
 */
export function admit<E extends AnalyticsEvent = AnalyticsEvent>(
  config: CollectorConfig | Observable<CollectorConfig>,
  options: AdmitOptions<E> = {},
): MonoTypeOperatorFunction<E> {
  checkStepOptions(options);
  if (!isObservable(config)) return stepOperator(admitStep<E>(policyTable(resolveConfig(config))), options);
  const standard = policyTable(resolveConfig());
  return (source) =>
    defer(() => {
      let policies: Policies = standard;
      const updates$ = config.pipe(
        tap((update) => {
          policies = policyTable(resolveConfig(update));
        }),
        ignoreElements(),
      );
      // A notifier that never notifies: subscribed before the source, let go with it, and its error is the result's.
      const latest = admitStep<E>((type, category) => policies(type, category));
      return source.pipe(takeUntil(updates$), stepOperator(latest, options));
    });
}

/** What policy says about events of a type and category. */
export type Policies = (type: string, category: EventCategory) => { readonly enabled: boolean; readonly minRank: number };

/** `admit` as a step; `policies` is asked anew for each event. */
export function admitStep<E extends AnalyticsEvent>(policies: Policies): StartStep<E> {
  return ({ reject }) =>
    (event) => {
      try {
        const { enabled, minRank } = policies(event.type, event.category);
        if (enabled && priorityRank(event.priority) >= minRank) return event;
      } catch (error) {
        reject(event, 'invalid', error);
        return undefined;
      }
      reject(event, 'filtered');
      return undefined;
    };
}
