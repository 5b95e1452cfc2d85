import type { MonoTypeOperatorFunction } from 'rxjs';
import { isWeight } from '../event/create-event.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, checkArgument, formatValue, isNonEmptyString, isObject } from '../internal/check-option.js';
import { stepOperator, type StartStep, type StepOptions } from './step.js';

/** Returns the event to pass on, without changing its argument; `null` to filter it out. */
export type Enricher<E> = (event: E) => E | null;

/** Called with each event that doesn't pass: filtered by an enricher, or lost because one threw. */
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
 * timestamp, metadata and weight), the event is rejected as `'enricher_error'`. A weight that it changes is from 1 to 2^32. Enrichers are
 * synchronous: a promise is an error, too. Error and completion pass.
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

/** What a value lacks to be a complete event; `undefined` if it is one. */
function faultOf(value: unknown, weight: unknown): string | undefined {
  if (!isObject(value) || 'then' in value) return formatValue(value);
  const field = faultyField(value, weight);
  return field && `an object without a valid \`${field}\``;
}

function faultyField(
  { id, type, category, priority, timestamp, metadata, weight }: Readonly<Record<string, unknown>>,
  before: unknown,
): string | undefined {
  if (!isNonEmptyString(id)) return 'id';
  if (!isNonEmptyString(type)) return 'type';
  if (!isNonEmptyString(category)) return 'category';
  if (!isNonEmptyString(priority)) return 'priority';
  if (!Number.isFinite(timestamp)) return 'timestamp';
  if (!isObject(metadata)) return 'metadata';
  // A sampler may have set a weight beyond the bound of events that are collected.
  return isWeight(weight) || (weight === before && Number.isFinite(weight)) ? undefined : 'weight';
}
