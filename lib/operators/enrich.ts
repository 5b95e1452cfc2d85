import type { MonoTypeOperatorFunction } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { faultOf } from '../event/fault-of.js';
import { aFunction, checkArgument } from '../internal/check-option.js';
import { stepOperator, type StartStep, type StepOptions } from './step.js';

/** Returns the event to pass on, without changing its argument; `null` to filter it out. */
export type Enricher<E> = (event: E) => E | null;

/** `onReject` is called with each event that an enricher filters out or loses by an error. */
export type EnrichOptions<E> = Pick<StepOptions<E>, 'onReject'>;

/**
 * Passes each event through enrichers, one after the other.
 *
 * ```
 * source   --a--b--c--|
 *          enrich([addUser, dropHealthChecks])       b: a health check
 * result   --A-----C--|
 * ```
 *
 * An enricher's `null` rejects the event as `'filtered'`. If it throws, or returns anything but a complete event (id, type, category, priority,
 * timestamp, metadata and weight), the event is rejected as `'enricher_error'`. If it changes the weight, the new one must be from 1 to 2^32.
 * Enrichers are synchronous: a promise is an error, too. Error and completion are passed on.
 *
 * @throws TypeError for an enricher that is not a function
 * @example
 * const seen: unknown[] = [];
 * of(createEvent({ type: 'tick', data: 1 }))
 *   .pipe(enrich((event) => ({ ...event, metadata: { ...event.metadata, region: 'eu' } })))
 *   .subscribe(({ metadata }) => seen.push(metadata['region']));
 * expect(seen).to.deep.equal(['eu']);
 */
export function enrich<E extends AnalyticsEvent = AnalyticsEvent>(
  enrichers: Enricher<E> | readonly Enricher<E>[],
  options: EnrichOptions<E> = {},
): MonoTypeOperatorFunction<E> {
  return stepOperator(enrichStep(enrichers), options);
}

/** `enrich` as a step. */
export function enrichStep<E extends AnalyticsEvent>(enrichers: Enricher<E> | readonly Enricher<E>[]): StartStep<E> {
  const chain = typeof enrichers === 'function' ? [enrichers] : [...enrichers];
  for (const enricher of chain) checkArgument('enrichers', enricher, aFunction);
  return ({ reject }) =>
    (event) => {
      let enriched = event;
      try {
        for (const enricher of chain) {
          const result: unknown = enricher(enriched);
          if (result === null) {
            reject(event, 'filtered');
            return undefined;
          }
          const fault = faultOf(result, enriched.weight);
          if (fault !== undefined) throw new TypeError(`Expected an enricher to return a complete event or null, got ${fault}`);
          enriched = result as E;
        }
      } catch (error) {
        reject(event, 'enricher_error', error);
        return undefined;
      }
      return enriched;
    };
}
