import { defer, ignoreElements, isObservable, takeUntil, tap, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { CollectorConfig } from '../config/options.js';
import { policyTable } from '../config/policy.js';
import { resolveConfig } from '../config/resolve-config.js';
import type { AnalyticsEvent, EventCategory } from '../event/event.js';
import { priorityRank } from '../event/priority.js';
import { parseOnReject, stepOperator, type StartStep, type StepOptions } from './step.js';

/** `onReject` is called with each event that policy excludes (`'filtered'`), and each invalid one (`'invalid'`). */
export type AdmitOptions<E> = Pick<StepOptions<E>, 'onReject'>;

/**
 * Passes the events that policy allows: collection enabled, privacy level, category, type, lowest priority.
 *
 * ```
 * source   --a--b--c--d--|        b: its category is disabled; d: its priority is too low
 *          admit(config)
 * result   --a-----c-----|
 * ```
 *
 * If `config` is an Observable, each value applies from the next event on; before the first one, the default configuration applies. If it fails, the
 * result fails; if it completes, its last value stays in effect. It is unsubscribed with the source. The source's error and completion are passed on.
 *
 * @throws ConfigError for an invalid configuration; if `config` is an Observable, the result fails with it
 * @throws TypeError for an invalid or unknown option
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
  const parsed = parseOnReject(options);
  if (!isObservable(config)) return stepOperator(admitStep<E>(policyTable(resolveConfig(config))), parsed);
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
      // Used as a notifier that never emits: it is subscribed before the source and unsubscribed with it, and its error fails the result.
      const latest = admitStep<E>((type, category) => policies(type, category));
      return source.pipe(takeUntil(updates$), stepOperator(latest, parsed));
    });
}

/** Returns the policy for events of a type and category. */
export type Policies = (type: string, category: EventCategory) => { readonly enabled: boolean; readonly minRank: number };

/** `admit` as a step; `policies` is called for each event. */
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
