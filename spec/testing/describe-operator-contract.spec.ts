import { expect } from 'chai';
import {
  Observable,
  bufferCount,
  concat,
  defer,
  catchError,
  delay,
  EMPTY,
  map,
  mergeMap,
  NEVER,
  of,
  share,
  type OperatorFunction,
} from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { describeOperatorContract, type OperatorContract } from '../../lib/testing/describe-operator-contract.js';

/** Runs the suite at once, and gives the names of the tests that fail. */
function failures(contract: OperatorContract<number, unknown>): string[] {
  const failed: string[] = [];
  describeOperatorContract<number, unknown>('it', contract, {
    describe: (_name, body) => {
      body();
    },
    it: (name, body) => {
      try {
        // An asynchronous test could fail later, unseen.
        if (body() instanceof Promise) failed.push(name);
      } catch {
        failed.push(name);
      }
    },
  });
  return failed;
}

const values = [1, 2, 3];

describeOperatorContract('map', { create: () => map((n: number) => n * 2), values });
describeOperatorContract('map, over the events that the suite brings along', {
  create: () => map((event: AnalyticsEvent) => event.priority),
});
describeOperatorContract('bufferCount', { create: () => bufferCount<number>(2), values });

describe('describeOperatorContract', () => {
  it('finds nothing wrong with a good operator', () => {
    expect(failures({ create: () => map((n) => n + 1), values })).to.deep.equal([]);
  });

  it('finds an operator that emits before its source', () => {
    const create = (): OperatorFunction<number, unknown> => (source) => new Observable((s) => (s.next(0), source.subscribe(s)));
    expect(failures({ create, values })).to.include('emits nothing and does not end while its source is silent');
  });

  it('finds an operator that never completes', () => {
    const create = (): OperatorFunction<number, unknown> => (source) => new Observable((s) => source.subscribe((n) => { s.next(n); })); // prettier-ignore
    expect(failures({ create, values })).to.include('completes when an empty source completes');
  });

  it('finds an operator that swallows an error', () => {
    expect(failures({ create: () => catchError(() => EMPTY), values })).to.include.members([
      'forwards an error of its source immediately',
      'fails with the same error object as a source that has emitted',
    ]);
  });

  it('finds an operator that replaces the error of its source', () => {
    const create = (): OperatorFunction<number, unknown> => (source) => new Observable((s) => source.subscribe({ next: (n) => { s.next(n); }, error: () => { s.error('error'); }, complete: () => { s.complete(); } })); // prettier-ignore
    expect(failures({ create, values })).to.include('fails with the same error object as a source that has emitted');
  });

  it('finds an operator that subscribes twice', () => {
    const create = (): OperatorFunction<number, unknown> => (source) => new Observable((s) => (source.subscribe(), source.subscribe(s)));
    expect(failures({ create, values })).to.include('subscribes to its source once, when it is subscribed to');
  });

  it('finds an operator that subscribes before it is subscribed to', () => {
    const create = (): OperatorFunction<number, unknown> => (source) => (source.subscribe(), source);
    expect(failures({ create, values })).to.include('subscribes to its source once, when it is subscribed to');
  });

  it('finds an operator that does not unsubscribe from its source', () => {
    const create = (): OperatorFunction<number, unknown> => (source) => new Observable((s) => void source.subscribe((n) => { s.next(n); })); // prettier-ignore
    expect(failures({ create, values })).to.include('unsubscribes from its source when it is unsubscribed between two values');
  });

  it('finds an operator that cannot stop a synchronous source', () => {
    const create = (): OperatorFunction<number, unknown> => (source) => new Observable((s) => source.subscribe({ next: (n) => { s.next(n); }, complete: () => { s.complete(); } })); // prettier-ignore
    expect(failures({ create, values })).to.include('stops a synchronous source when it is unsubscribed');
  });

  it('finds an operator whose stack many synchronous values exhaust', () => {
    let depth = (): number => 0;
    const deepen = map((n: number) => {
      const before = depth;
      depth = () => before() + n;
    });
    const create = (): OperatorFunction<number, unknown> => (source) =>
      concat(
        source.pipe(deepen),
        defer(() => of(depth())),
      );
    expect(failures({ create, values, firehose: 20_000 })).to.include('processes a synchronous burst');
  });

  it('finds an operator that loses re-entrant values', () => {
    const create = (): OperatorFunction<number, unknown> => (source) => {
      let busy = false;
      return source.pipe(mergeMap((n) => (busy ? EMPTY : new Observable((s) => { busy = true; s.next(n); busy = false; s.complete(); })))); // prettier-ignore
    };
    expect(failures({ create, values })).to.deep.equal(['processes a re-entrant value after the current one']);
  });

  it('refuses an operator that emits nothing, because its tests could not fail', () => {
    expect(failures({ create: () => mergeMap(() => EMPTY), values })).to.include('processes a re-entrant value after the current one');
  });

  it('finds a callback whose error ends the stream', () => {
    const throwing = { project: (trip: () => void) => map((n: number) => (trip(), n)) };
    expect(failures({ create: () => map((n) => n), values, throwing })).to.deep.equal(['drops one value and continues if project throws']);
  });

  it('finds a callback that is never called', () => {
    const throwing = { project: () => map((n: number) => n) };
    expect(failures({ create: () => map((n) => n), values, throwing })).to.deep.equal(['drops one value and continues if project throws']);
  });

  it('accepts a callback whose error loses one value', () => {
    const throwing = { project: (trip: () => void) => mergeMap((n: number) => { try { trip(); return of(n); } catch { return EMPTY; } }) }; // prettier-ignore
    expect(failures({ create: () => map((n) => n), values, throwing })).to.deep.equal([]);
  });

  it('finds state that two subscriptions share', () => {
    const create = (): OperatorFunction<number, unknown> => {
      let index = 0;
      return map((n) => n + index++);
    };
    expect(failures({ create, values })).to.include('shares nothing between two subscriptions');
  });

  it('finds a source that two subscriptions share', () => {
    expect(failures({ create: () => share(), values })).to.include('shares nothing between two subscriptions');
  });

  it('runs an operator that uses timers', () => {
    expect(failures({ create: () => mergeMap((n) => of(n).pipe(delay(100)), 1), values })).to.deep.equal([
      'stops a synchronous source when it is unsubscribed',
    ]);
  });

  it('refuses a single value, which would not be enough', () => {
    expect(() => failures({ create: () => map((n) => n), values: [1] })).to.throw(TypeError, /at least two/);
  });

  it('refuses unknown options and suggests the nearest name', () => {
    const misspelt = { create: () => map((n: number) => n), value: [1, 2] };
    expect(() => failures(misspelt)).to.throw(TypeError, 'Unknown option `value`. Did you mean `values`?');
  });

  it('names the missing functions if there are no globals', () => {
    const api = {} as Parameters<typeof describeOperatorContract>[2];
    expect(() => {
      describeOperatorContract('none', { create: () => () => NEVER }, api);
    }).to.throw(TypeError, /`describe` and `it`/);
  });
});
