import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { deepEqual } from './deep-equal.js';
import { explainMarbles, type Recorded } from './explain-marbles.js';
import type { NamedValue } from './marble-legend.js';

/**
 * Runs a marble test in virtual time. If expected and actual marbles differ, throws an error that shows one below the other.
 *
 * ```
 * Marbles differ at frame 5
 *   expected  --a--b--|
 *   actual    --a---b-|
 *                  ^
 * ```
 *
 * It is `TestScheduler.run` with its helpers (`cold`, `hot`, `expectObservable`, `expectSubscriptions`, `time`, `flush`, `animate`) and no
 * assertion library. Values are compared by structure; each is drawn with the test's letter for it, or with a free one that is
 * explained below the diagram. Time from `asyncScheduler`, which is the default of every operator here, is virtual inside `run`.
 *
 * @throws Error when an expectation is not met; TypeError when `run` is asynchronous: promises don't settle in virtual time
 * @example
 * marbles(({ cold, expectObservable }) => {
 *   const source = cold(' -a-b-|', { a: 1, b: 2 });
 *   const expected = '    -a-b-|';
 *   expectObservable(source.pipe(map((n) => n * 10))).toBe(expected, { a: 10, b: 20 });
 * });
 */
export function marbles(run: (helpers: RunHelpers) => void): void {
  const named: NamedValue[] = [];
  const scheduler = new TestScheduler((actual: Recorded, expected: Recorded) => {
    if (!deepEqual(actual, expected)) throw new Error(explainMarbles(expected, actual, named));
  });
  const result: unknown = scheduler.run((helpers) => run(noting(helpers, named)));
  if (isThenable(result)) throw new TypeError('Expected `run` to be synchronous: promises are not settled in virtual time');
}

const isThenable = (value: unknown): boolean => typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';

/** Wraps the helpers, so that they record the test's letters for its values. Letters of expectations take precedence. */
function noting(helpers: RunHelpers, named: NamedValue[]): RunHelpers {
  return {
    ...helpers,
    cold: (diagram, values, error) => {
      named.push(...entriesOf(values));
      return helpers.cold(diagram, values, error);
    },
    hot: (diagram, values, error) => {
      named.push(...entriesOf(values));
      return helpers.hot(diagram, values, error);
    },
    expectObservable: (observable, subscription) => {
      const expectation = helpers.expectObservable(observable, subscription);
      return {
        toEqual: expectation.toEqual,
        toBe: (diagram: string, values?: unknown, error?: unknown) => {
          named.unshift(...entriesOf(values));
          expectation.toBe(diagram, values, error);
        },
      };
    },
  };
}

function entriesOf(values: unknown): NamedValue[] {
  return typeof values === 'object' && values !== null
    ? Object.entries(values).map(([letter, value]) => ({ letter, value: value as unknown }))
    : [];
}
