import type { AnalyticsEvent } from '../event/event.js';
import {
  aFunction,
  anArray,
  aNonEmptyString,
  anObject,
  anObservable,
  aScheduler,
  isFunction,
  isObject,
  type Expectation,
} from '../internal/check-option.js';
import { fillIn, type Shape } from '../internal/fill-in.js';
import { aStrategy } from '../sampling/a-strategy.js';
import type { CollectorOptions } from './collector-options.js';

/**
 * Finds fault with what is not checked elsewhere, and with options that there are not: `config`, `lane` and each sink have checks of their own.
 *
 * @throws TypeError
 */
export function checkCollectorOptions<E extends AnalyticsEvent>(options: CollectorOptions<E>): void {
  fillIn(OPTIONS, options, {});
}

const isFunctions = (value: unknown): boolean => Array.isArray(value) && value.every(isFunction);

const anything: Expectation = { expected: 'anything', accepts: () => true };

const OPTIONS: { readonly [K in keyof CollectorOptions]-?: Shape[string] } = {
  config: anything,
  sinks: anArray,
  enrichers: { expected: 'a function or an array of functions', accepts: (value) => isFunction(value) || isFunctions(value) },
  metadata: { expected: 'an object or a function', accepts: (value) => isFunction(value) || isObject(value) },
  redaction: anArray,
  eventDefaults: anObject,
  validate: aFunction,
  sampling: aStrategy,
  consent$: anObservable,
  stages: { expected: 'an array of functions', accepts: isFunctions },
  lane: anObject,
  sessionId: aNonEmptyString,
  scheduler: aScheduler,
  random: aFunction,
  newId: aFunction,
};
