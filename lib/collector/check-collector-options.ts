import { isObservable } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, anArray, anObject, aNonEmptyString, aScheduler, checkOption, type Expectation } from '../internal/check-option.js';
import { aSink } from '../sink/a-sink.js';
import { aStrategy } from '../sampling/a-strategy.js';
import type { CollectorOptions } from './collector-options.js';

/**
 * Finds fault with what is not checked elsewhere: `config` and `lane` have their own.
 *
 * @throws TypeError
 */
export function checkCollectorOptions<E extends AnalyticsEvent>(options: CollectorOptions<E>): void {
  checkOption('options', options, anObject);
  const { sinks, enrichers, metadata, redaction, eventDefaults, validate, sampling, consent$, stages, lane, sessionId, scheduler, random } =
    options;
  const checks: readonly (readonly [name: string, value: unknown, expectation: Expectation])[] = [
    ['sinks', sinks, anArray],
    ['enrichers', enrichers, functionOrArray],
    ['metadata', metadata, objectOrFunction],
    ['redaction', redaction, anArray],
    ['eventDefaults', eventDefaults, anObject],
    ['validate', validate, aFunction],
    ['sampling', sampling, aStrategy],
    ['consent$', consent$, anObservable],
    ['stages', stages, functions],
    ['lane', lane, anObject],
    ['sessionId', sessionId, aNonEmptyString],
    ['scheduler', scheduler, aScheduler],
    ['random', random, aFunction],
  ];
  for (const [name, value, expectation] of checks) if (value !== undefined) checkOption(name, value, expectation);
  for (const sink of sinks ?? []) checkOption('sinks', sink, aSink);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const anObservable: Expectation = { expected: 'an Observable', accepts: isObservable };
const functions: Expectation = {
  expected: 'an array of functions',
  accepts: (value) => Array.isArray(value) && value.every((each) => typeof each === 'function'),
};
const functionOrArray: Expectation = {
  expected: 'a function or an array of functions',
  accepts: (value) => typeof value === 'function' || functions.accepts(value),
};
const objectOrFunction: Expectation = {
  expected: 'an object or a function',
  accepts: (value) => typeof value === 'function' || isObject(value),
};
