import { expect } from 'chai';
import fc from 'fast-check';
import {
  asyncScheduler,
  concat,
  EMPTY,
  finalize,
  ignoreElements,
  map,
  materialize,
  mergeMap,
  NEVER,
  Observable,
  of,
  range,
  Subject,
  take,
  throwError,
  timer,
  type OperatorFunction,
} from 'rxjs';
import { boundedMergeMap, type BoundedMergeMapOptions } from '../../lib/operators/bounded-merge-map.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';

describeOperatorContract<number>('boundedMergeMap', {
  create: () => boundedMergeMap((n) => of(n, n), { capacity: 3 }),
  values: [1, 2, 3, 4],
});

describeOperatorContract<number>('boundedMergeMap, more than one at once', {
  create: () => boundedMergeMap((n) => of(n), { concurrency: 2 }),
  values: [1, 2, 3, 4],
});

/** Emits the value after `frames` milliseconds. */
const work = (frames: number) => (value: string) => timer(frames).pipe(map(() => value));

describe('boundedMergeMap', () => {
  it('runs one at a time, queues the others in order, and completes after the last', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -abc|');
      const subs = '        ^---!';
      const expected = '    -----a---b---(c|)';
      expectObservable(source.pipe(boundedMergeMap(work(4)))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('runs up to `concurrency` concurrently', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -abcd-|');
      const expected = '    -----ab--c(d|)';
      expectObservable(source.pipe(boundedMergeMap(work(4), { concurrency: 2 }))).toBe(expected);
    });
  });

  it('drops the newest beyond its capacity', () => {
    const dropped: string[] = [];
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -abcd-----|');
      const expected = '    -----a---b|';
      expectObservable(source.pipe(boundedMergeMap(work(4), { capacity: 1, onDrop: (value) => dropped.push(value) }))).toBe(expected);
    });
    expect(dropped).to.deep.equal(['c', 'd']);
  });

  it('drops the oldest beyond its capacity with `drop_oldest`', () => {
    const dropped: string[] = [];
    const options: BoundedMergeMapOptions<string> = { capacity: 1, overflow: 'drop_oldest', onDrop: (value) => dropped.push(value) };
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -abcd-----|');
      const expected = '    -----a---d|';
      expectObservable(source.pipe(boundedMergeMap(work(4), options))).toBe(expected);
    });
    expect(dropped).to.deep.equal(['b', 'c']);
  });

  for (const overflow of ['drop_newest', 'drop_oldest'] as const) {
    it(`queues nothing at capacity 0, with overflow ${overflow}`, () => {
      const dropped: string[] = [];
      marbles(({ cold, expectObservable }) => {
        const source = cold(' -ab---c---|');
        const expected = '    -----a----(c|)';
        expectObservable(source.pipe(boundedMergeMap(work(4), { capacity: 0, overflow, onDrop: (value) => dropped.push(value) }))).toBe(
          expected,
        );
      });
      expect(dropped).to.deep.equal(['b']);
    });
  }

  it('queues up to 1,000 by default', () => {
    const dropped: number[] = [];
    range(0, 1_003).pipe(boundedMergeMap(() => NEVER, { onDrop: (n) => dropped.push(n) })).subscribe().unsubscribe(); // prettier-ignore
    expect(dropped).to.deep.equal([1_001, 1_002]);
  });

  it('is mergeMap when nothing has to be dropped', () => {
    const inner = fc.record({
      gaps: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
      end: fc.constantFrom('complete', 'complete', 'complete', 'error', 'never'),
    });
    const outer = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 3 }), inner }), { maxLength: 8 });
    const sourceEnd = fc.constantFrom('complete', 'complete', 'error', 'never');
    fc.assert(
      fc.property(outer, sourceEnd, fc.integer({ min: 1, max: 4 }), (outers, end, concurrency) => {
        const history = (operator: (project: (index: number) => Observable<string>) => OperatorFunction<number, string>): string[] => {
          const log: string[] = [];
          const note = (what: string): void => void log.push(`${what} at ${String(asyncScheduler.now())}`);
          marbles(() => {
            const project = (index: number): Observable<string> => {
              note(`start ${String(index)}`);
              const { gaps, end: innerEnd } = outers[index]!.inner;
              return concat(
                after(gaps, (at) => `${String(index)}.${String(at)}`),
                ending(innerEnd),
              );
            };
            const gaps = outers.map(({ gap }) => gap);
            concat(
              after(gaps, (at) => at),
              ending(end),
            )
              .pipe(operator(project), materialize())
              .subscribe(({ kind, value }) => {
                note(`${kind} ${String(value)}`);
              });
          });
          return log;
        };
        expect(history((project) => boundedMergeMap(project, { concurrency, capacity: Infinity }))).to.deep.equal(
          history((project) => mergeMap(project, concurrency)),
        );
      }),
    );
  });

  for (const [what, end$] of [
    ['at once', EMPTY],
    ['later', timer(1).pipe(ignoreElements())],
  ] as const) {
    it(`starts the next one after the previous one has released its resources, if that one completes ${what}`, () => {
      const log: string[] = [];
      marbles(() => {
        const project = (name: string): Observable<never> => {
          log.push(`start ${name}`);
          return end$.pipe(finalize(() => log.push(`release ${name}`)));
        };
        of('a', 'b').pipe(boundedMergeMap(project)).subscribe({ complete: () => log.push('complete') }); // prettier-ignore
      });
      expect(log).to.deep.equal(['start a', 'release a', 'start b', 'release b', 'complete']);
    });
  }

  it('passes the index of each value that runs', () => {
    const seen: unknown[] = [];
    of('a', 'b', 'c')
      .pipe(boundedMergeMap((value, index) => [[value, index]]))
      .subscribe((one) => seen.push(one));
    expect(seen).to.deep.equal([['a', 0], ['b', 1], ['c', 2]]); // prettier-ignore
  });

  it('fails with the error of an inner observable, and unsubscribes from the others', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('          ------a|');
      const b = cold('          --#');
      const source = cold<'a' | 'b'>(' -ab---|');
      const subs = '            ^---!';
      const expected = '        ----#';
      expectObservable(source.pipe(boundedMergeMap((name) => ({ a, b })[name], { concurrency: 2 }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(a.subscriptions).toBe(' -^--!');
      expectSubscriptions(b.subscriptions).toBe(' --^-!');
    });
  });

  it('fails with the error of its source, and unsubscribes from running inner observables', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('     ------a|');
      const source = cold('-a-#');
      const expected = '   ---#';
      expectObservable(source.pipe(boundedMergeMap(() => a))).toBe(expected);
      expectSubscriptions(a.subscriptions).toBe('-^-!');
    });
  });

  it('fails with an exception of project, immediately or for a queued value', () => {
    marbles(({ cold, expectObservable }) => {
      const boom = new Error('boom');
      const project = (value: string): Observable<string> => {
        if (value === 'b') throw boom;
        return work(4)(value);
      };
      expectObservable(cold('-b|').pipe(boundedMergeMap(project))).toBe('-#', {}, boom);
      expectObservable(cold('-ab|').pipe(boundedMergeMap(project))).toBe('-----(a#)', { a: 'a' }, boom);
    });
  });

  it('unsubscribes from everything when it is unsubscribed', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const inner = cold(' -a-a-a-a');
      const source = cold('-a-b---');
      const subs = '       ^---!';
      const expected = '   --a--';
      expectObservable(source.pipe(boundedMergeMap(() => inner)), subs).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(inner.subscriptions).toBe('-^--!');
    });
  });

  it('stops a synchronous inner observable when it is unsubscribed', () => {
    let emitted = 0;
    const flood = new Observable<number>((subscriber) => {
      while (emitted < 1_000 && !subscriber.closed) subscriber.next(emitted++);
    });
    of(1).pipe(boundedMergeMap(() => flood), take(1)).subscribe(); // prettier-ignore
    expect(emitted).to.equal(1);
  });

  it('runs 100,000 that complete synchronously without growing the stack', () => {
    const gate$ = new Subject<never>();
    let done = 0;
    let isComplete = false;
    range(0, 100_001)
      .pipe(boundedMergeMap((n) => (n === 0 ? concat(gate$, of(n)) : of(n)), { capacity: Infinity }))
      .subscribe({ next: () => (done += 1), complete: () => (isComplete = true) });
    expect(done).to.equal(0);
    gate$.complete();
    expect([done, isComplete]).to.deep.equal([100_001, true]);
  });

  it('runs a chain of 100,000, each of which sends the next, without growing the stack', () => {
    const source = new Subject<number>();
    let last = 0;
    source.pipe(boundedMergeMap((n) => of(n))).subscribe((n) => {
      last = n;
      if (n < 100_000) source.next(n + 1);
    });
    source.next(1);
    expect(last).to.equal(100_000);
  });

  it('starts nothing after an output has unsubscribed it', () => {
    const started: number[] = [];
    const gate$ = new Subject<never>();
    range(0, 4)
      .pipe(
        boundedMergeMap((n) => {
          started.push(n);
          return n === 0 ? gate$ : of(n);
        }),
        take(1),
      )
      .subscribe();
    gate$.complete();
    expect(started).to.deep.equal([0, 1]);
  });

  it('starts nothing after a release of resources has unsubscribed it', () => {
    const started: number[] = [];
    const gate$ = new Subject<never>();
    const subscription = range(0, 3)
      .pipe(
        boundedMergeMap((n) => {
          started.push(n);
          return gate$.pipe(
            finalize(() => {
              subscription.unsubscribe();
            }),
          );
        }),
      )
      .subscribe();
    gate$.complete();
    expect(started).to.deep.equal([0]);
  });

  it('drops the value and continues if onDrop throws', () => {
    marbles(({ cold, expectObservable }) => {
      const onDrop = (): never => {
        throw new Error('boom');
      };
      const source = cold(' -abc----|');
      const expected = '    -----a---(b|)';
      expectObservable(source.pipe(boundedMergeMap(work(4), { capacity: 1, onDrop }))).toBe(expected);
    });
  });

  it('removes the value before it calls onDrop, which may send another one', () => {
    const source = new Subject<string>();
    const log: string[] = [];
    const onDrop = (value: string): void => {
      log.push(value);
      if (value === 'b') source.next('d');
    };
    source.pipe(boundedMergeMap(() => NEVER, { capacity: 1, overflow: 'drop_oldest', onDrop })).subscribe();
    for (const value of ['a', 'b', 'c']) source.next(value);
    expect(log).to.deep.equal(['b', 'c']);
  });

  it('accepts promises and iterables, as mergeMap does', async () => {
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      of(1, 2)
        .pipe(boundedMergeMap((n) => (n === 1 ? Promise.resolve(n) : [n, n])))
        .subscribe({ next: (n) => seen.push(n), complete: resolve });
    });
    expect(seen).to.deep.equal([1, 2, 2]);
  });

  it('queues a new value behind waiting ones, as mergeMap does', () => {
    const orderOf = (over: (project: (value: string) => Observable<unknown>) => OperatorFunction<string, unknown>): string => {
      const source = new Subject<string>();
      const first = new Subject();
      const second = new Subject();
      const reentrant = new Observable<unknown>((subscriber) => {
        second.complete();
        source.next('e');
        subscriber.complete();
      });
      const order: string[] = [];
      const inner: Record<string, Observable<unknown>> = { a: first, b: second, c: reentrant };
      source.pipe(over((value) => (order.push(value), inner[value] ?? NEVER))).subscribe();
      for (const value of 'abcd') source.next(value);
      first.complete();
      return order.join('');
    };
    expect(orderOf((project) => boundedMergeMap(project, { concurrency: 2 }))).to.equal('abcde');
    expect(orderOf((project) => mergeMap(project, 2))).to.equal('abcde');
  });

  it('throws for invalid options', () => {
    const project = (): typeof EMPTY => EMPTY;
    expect(() => boundedMergeMap(project, { concurrency: 0 })).to.throw(
      TypeError,
      'Expected `concurrency` to be an integer ≥ 1 or Infinity, got `0`',
    );
    expect(() => boundedMergeMap(project, { capacity: -1 })).to.throw(TypeError, 'Expected `capacity` to be an integer ≥ 0 or Infinity');
    expect(() => boundedMergeMap(project, { overflow: 'block' as never })).to.throw(
      TypeError,
      "Expected `overflow` to be one of 'drop_newest', 'drop_oldest'",
    );
    expect(() => boundedMergeMap(project, { onDrop: 1 as never })).to.throw(TypeError, 'Expected `onDrop` to be a function');
    expect(() => boundedMergeMap(1 as never)).to.throw(TypeError, 'Expected `project` to be a function');
  });
});

/** Emits after each gap, synchronously if it is 0. */
function after<T>(gaps: readonly number[], valueAt: (index: number) => T): Observable<T> {
  return concat(...gaps.map((gap, index) => (gap === 0 ? of(valueAt(index)) : timer(gap).pipe(map(() => valueAt(index))))));
}

function ending(end: string): Observable<never> {
  if (end === 'complete') return EMPTY;
  return end === 'error' ? throwError(() => 'error') : NEVER;
}
