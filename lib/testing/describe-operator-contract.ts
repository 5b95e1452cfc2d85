import { NEVER, Observable, Subject, defer, from, take, type OperatorFunction } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, anArray, anInteger, anObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { expectThat, sampleEvents } from './contract-parts.js';
import { deepEqual } from './deep-equal.js';
import { marbles } from './marbles.js';
import { show } from './show.js';
import { testApi, type TestApi } from './test-api.js';

/** How the suite creates the operator, and the values that it sends. */
export interface OperatorContract<T, R> {
  /**
   * Creates the operator. It must be deterministic (seeded randomness, a constant id): equal inputs produce equal outputs. For `values` it must emit
   * synchronously, and not only at completion.
   */
  readonly create: () => OperatorFunction<T, R>;
  /** The source's values; at least two. @default four events, one of each priority */
  readonly values?: readonly T[];
  /**
   * For each callback of the operator, by name: creates the operator with a callback that calls `trip`, which throws at its first call. The stream
   * must continue as if the first value had not been sent.
   */
  readonly throwing?: Readonly<Record<string, (trip: () => void) => OperatorFunction<T, R>>>;
  /** Number of values of a synchronous source. @default 10_000 */
  readonly firehose?: number;
}

const CONTRACT = /* @__PURE__ */ optionsOf<OperatorContract<unknown, unknown>, 'values'>(() => ({
  create: aFunction,
  values: [anArray],
  throwing: [anObject, {}],
  firehose: [anInteger(1), 10_000],
}));

/**
 * Declares the tests that every operator must pass: a source that is silent, empty, failing or synchronous; early unsubscription; re-entrancy;
 * throwing callbacks; subscriptions without shared state.
 *
 * It throws plain errors, so that it runs under any test runner.
 *
 * @param api `describe` and `it`, if they are not globals
 * @throws TypeError for an invalid or unknown option, for fewer than two values, and if there is no `describe` and `it`
 * @example
 * describeOperatorContract('double', { create: () => map((n: number) => n * 2), values: [1, 2, 3] });
 */
export function describeOperatorContract<T = AnalyticsEvent, R = T>(name: string, contract: OperatorContract<T, R>, api?: TestApi): void {
  const { describe, it } = testApi(api);
  const { firehose } = CONTRACT.parse(contract);
  const { create, throwing = {} } = contract;
  const values = contract.values ?? (sampleEvents(0) as readonly unknown[] as readonly T[]);
  if (values.length < 2) throw new TypeError('Expected `values` to hold at least two values');

  describe(`${name}: the contract of an operator`, () => {
    testCompletion(it, create);
    testSubscription(it, create, values, firehose);
    testOutputs(it, create, values);
    for (const [callback, createThrowing] of Object.entries(throwing)) testThrowing(it, callback, createThrowing, values);
  });
}

type It = TestApi['it'];

/** Tests a source that is silent, completes or fails without a value. */
function testCompletion<T, R>(it: It, create: () => OperatorFunction<T, R>): void {
  it('emits nothing and does not end while its source is silent', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<T>(' -----');
      const subs = '           ^---!';
      const expected = '       -----';
      expectObservable(source.pipe(create()), subs).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('completes when an empty source completes', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<T>(' --|');
      const subs = '           ^-!';
      const expected = '       --|';
      expectObservable(source.pipe(create())).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('forwards an error of its source immediately', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<T>(' --#');
      const subs = '           ^-!';
      const expected = '       --#';
      expectObservable(source.pipe(create())).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });
}

/** Tests when the operator subscribes to and unsubscribes from its source, and how it ends. */
function testSubscription<T, R>(it: It, create: () => OperatorFunction<T, R>, values: readonly T[], firehose: number): void {
  it('fails with the same error object as a source that has emitted', () => {
    const boom = new Error('boom');
    const seen = record(create(), (source) => {
      for (const value of values) source.next(value);
      source.error(boom);
    });
    expectThat(seen.error === boom, `Expected the result to end with the source's own error, got ${show(seen.error)}`);
  });

  it('subscribes to its source once, when it is subscribed to', () => {
    let subscriptions = 0;
    const result = defer(() => {
      subscriptions += 1;
      return NEVER;
    }).pipe(create());
    expectEqual(subscriptions, 0, 'subscriptions before any');
    result.subscribe().unsubscribe();
    expectEqual(subscriptions, 1, 'subscriptions after one');
  });

  it('unsubscribes from its source when it is unsubscribed between two values', () => {
    marbles(() => {
      const source = new Subject<T>();
      const subscription = source.pipe(create()).subscribe();
      source.next(values[0] as T);
      expectThat(source.observed, 'Expected the source to be observed while the result is');
      subscription.unsubscribe();
      expectThat(!source.observed, 'Expected the source to be unsubscribed');
    });
  });

  it('stops a synchronous source when it is unsubscribed', () => {
    const pourer = pour(values, firehose);
    let received = 0;
    marbles(() => {
      pourer.source.pipe(create(), take(1)).subscribe(() => (received += 1));
    });
    expectEqual(received, 1, 'values received');
    expectThat(pourer.poured() < firehose, `Expected the source to be stopped, it emitted all ${String(firehose)} values`);
  });

  it('processes a synchronous burst', () => {
    const pourer = pour(values, firehose);
    const seen = record(create(), (source) => pourer.source.subscribe(source));
    expectThat(seen.completed, `Expected the result to complete, it ended with ${show(seen.error)}`);
    expectEqual(pourer.poured(), firehose, 'values emitted');
  });
}

/** Tests the output for re-entrant values and for two subscriptions. */
function testOutputs<T, R>(it: It, create: () => OperatorFunction<T, R>, values: readonly T[]): void {
  it('processes a re-entrant value after the current one', () => {
    const plain = feed(create(), values);
    expectThat(plain.length > 0, 'Expected the operator to emit something for `values`');
    const pending = [...values];
    const sendOne = (source: Subject<T>): void => {
      if (pending.length > 0) source.next(pending.shift() as T);
    };
    const seen = record(
      create(),
      (source) => {
        while (pending.length > 0) sendOne(source);
        source.complete();
      },
      sendOne,
    );
    expectEqual(seen.values, plain, 'outputs');
    expectThat(seen.completed, `Expected the result to complete, it ended with ${show(seen.error)}`);
  });

  it('shares nothing between two subscriptions', () => {
    // The second subscription gets one value less, which reveals output that came from the other source.
    const outputs: readonly [R[], R[]] = [[], []];
    marbles(() => {
      const sources = outputs.map(() => new Subject<T>());
      const unused = [...sources];
      const result = defer(() => unused.shift() ?? NEVER).pipe(create());
      for (const output of outputs) result.subscribe((value) => output.push(value));
      values.forEach((value, index) => {
        sources.forEach((source, lag) => index >= lag && source.next(value));
      });
      for (const source of sources) source.complete();
    });
    expectEqual(outputs[0], feed(create(), values), 'outputs of the first of two interleaved subscriptions');
    expectEqual(outputs[1], feed(create(), values.slice(1)), 'outputs of the second of two interleaved subscriptions');
  });
}

function testThrowing<T, R>(
  it: It,
  callback: string,
  createThrowing: (trip: () => void) => OperatorFunction<T, R>,
  values: readonly T[],
): void {
  it(`drops one value and continues if ${callback} throws`, () => {
    let trips = 0;
    const seen = record(
      createThrowing(() => {
        trips += 1;
        if (trips === 1) throw new Error('tripped');
      }),
      (source) => from(values).subscribe(source),
    );
    expectThat(trips > 0, `Expected ${callback} to be called`);
    expectThat(seen.error === undefined, `Expected the stream to continue, it ended with ${show(seen.error)}`);
    expectThat(seen.completed, 'Expected the result to complete');
    const untouched = feed(
      createThrowing(() => undefined),
      values.slice(1),
    );
    expectEqual(seen.values, untouched, 'outputs');
  });
}

interface Seen<R> {
  readonly values: readonly R[];
  readonly completed: boolean;
  readonly error: unknown;
}

/** Runs an operator in virtual time, and returns its output. `drive` controls its source; `react` is called during each output. */
function record<T, R>(
  operator: OperatorFunction<T, R>,
  drive: (source: Subject<T>) => void,
  react?: (source: Subject<T>) => void,
): Seen<R> {
  const values: R[] = [];
  let completed = false;
  let error: unknown;
  marbles(() => {
    const source = new Subject<T>();
    source.pipe(operator).subscribe({
      next: (value) => {
        values.push(value);
        react?.(source);
      },
      error: (one: unknown) => (error = one),
      complete: () => (completed = true),
    });
    drive(source);
  });
  return { values, completed, error };
}

function feed<T, R>(operator: OperatorFunction<T, R>, values: readonly T[]): readonly R[] {
  return record(operator, (source) => from(values).subscribe(source)).values;
}

/** A source that emits `count` values synchronously, unless it is stopped. */
function pour<T>(values: readonly T[], count: number): { readonly source: Observable<T>; readonly poured: () => number } {
  let poured = 0;
  const source = new Observable<T>((subscriber) => {
    while (poured < count && !subscriber.closed) {
      subscriber.next(values[poured % values.length] as T);
      poured += 1;
    }
    subscriber.complete();
  });
  return { source, poured: () => poured };
}

function expectEqual(actual: unknown, expected: unknown, what: string): void {
  expectThat(deepEqual(actual, expected), `Expected ${what} to be ${show(expected)}, got ${show(actual)}`);
}
