import { expect } from 'chai';
import fc from 'fast-check';
import { concat, NEVER, Observable, of, range, Subject, throwError } from 'rxjs';
import { live } from '../../lib/operators/live.js';

const done = { done: true, value: undefined };
const value = <T>(one: T): IteratorResult<T> => ({ done: false, value: one });

async function readAll<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const one of iterable) seen.push(one);
  return seen;
}

/** The outcome of a promise, for comparison. */
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => ({ error }));

describe('live', () => {
  it('yields every value in order, and ends with its source', async () => {
    expect(await readAll(live(of(1, 2, 3)))).to.deep.equal([1, 2, 3]);
  });

  it('ends immediately for an empty source', async () => {
    expect(await readAll(live(of()))).to.deep.equal([]);
  });

  it('subscribes once, when called', async () => {
    let subscriptions = 0;
    const source = new Observable<number>((subscriber) => {
      subscriptions += 1;
      subscriber.next(1);
    });
    const events = live(source);
    expect(subscriptions).to.equal(1);
    expect(await events.next()).to.deep.equal(value(1));
    expect(subscriptions).to.equal(1);
    await events.return();
  });

  it('resolves a waiting read with the next value', async () => {
    const source = new Subject<string>();
    const events = live(source);
    const read = events.next();
    source.next('a');
    expect(await read).to.deep.equal(value('a'));
    expect(events.missed).to.equal(0);
  });

  it('resolves several waiting reads in order', async () => {
    const source = new Subject<string>();
    const events = live(source);
    const reads = Promise.all([events.next(), events.next(), events.next()]);
    source.next('a');
    source.next('b');
    source.complete();
    expect(await reads).to.deep.equal([value('a'), value('b'), done]);
  });

  it('keeps the newest values for a slow reader, and counts missed ones', async () => {
    const source = new Subject<number>();
    const events = live(source, { capacity: 2 });
    for (const one of [1, 2, 3, 4, 5]) source.next(one);
    expect(events.missed).to.equal(3);
    expect(await events.next()).to.deep.equal(value(4));
    source.next(6);
    source.next(7);
    expect(events.missed).to.equal(4);
    source.complete();
    expect(await readAll(events)).to.deep.equal([6, 7]);
    expect(events.missed).to.equal(4);
  });

  it('keeps 1,000 by default', async () => {
    const events = live(concat(range(0, 1_002), NEVER));
    expect(events.missed).to.equal(2);
    expect(await events.next()).to.deep.equal(value(2));
  });

  it('yields or counts as missed every value exactly once', async () => {
    const steps = fc.array(fc.constantFrom('emit', 'emit', 'read'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (script, capacity) => {
        const source = new Subject<number>();
        const events = live(source, { capacity });
        const reads: Promise<IteratorResult<number>>[] = [];
        let emitted = 0;
        for (const step of script) {
          if (step === 'emit') source.next(emitted++);
          else reads.push(events.next());
        }
        source.complete();
        const read = (await Promise.all(reads)).filter((result) => result.done !== true).map((result) => result.value);
        const seen = [...read, ...(await readAll(events))];
        expect(seen).to.deep.equal([...seen].sort((a, b) => a - b));
        expect(new Set(seen).size + events.missed).to.equal(emitted);
      }),
    );
  });

  it('yields the kept values after its source has failed, then rejects once, then is done', async () => {
    const boom = new Error('boom');
    const events = live(
      concat(
        of(1),
        throwError(() => boom),
      ),
    );
    expect(await outcome(events.next())).to.deep.equal(value(1));
    expect(await outcome(events.next())).to.deep.equal({ error: boom });
    expect(await outcome(events.next())).to.deep.equal(done);
  });

  it('rejects the first of several waiting reads when its source fails, and ends the others', async () => {
    const source = new Subject<number>();
    const events = live(source);
    const reads = Promise.all([outcome(events.next()), outcome(events.next())]);
    source.error('boom');
    expect(await reads).to.deep.equal([{ error: 'boom' }, done]);
    expect(await events.next()).to.deep.equal(done);
  });

  it('unsubscribes and ends when a loop is left', async () => {
    const source = new Subject<number>();
    const events = live(source);
    source.next(1);
    source.next(2);
    for await (const one of events) {
      expect(one).to.equal(1);
      break;
    }
    expect(source.observed).to.equal(false);
    expect(await events.next()).to.deep.equal(done);
  });

  it('unsubscribes when a loop throws', async () => {
    const source = new Subject<number>();
    const events = live(source);
    source.next(1);
    const loop = async (): Promise<void> => {
      for await (const one of events) throw new Error(String(one));
    };
    expect(await outcome(loop()))
      .to.have.property('error')
      .that.is.an('error');
    expect(source.observed).to.equal(false);
  });

  it('ends waiting reads when `return` is called', async () => {
    const source = new Subject<number>();
    const events = live(source);
    const read = events.next();
    expect(await events.return()).to.deep.equal(done);
    expect(await read).to.deep.equal(done);
    expect(source.observed).to.equal(false);
  });

  it('ends waiting reads when `throw` is called, which rejects with the same error', async () => {
    const source = new Subject<number>();
    const events = live(source);
    const read = events.next();
    expect(await outcome(events.throw('boom'))).to.deep.equal({ error: 'boom' });
    expect(await read).to.deep.equal(done);
    expect(source.observed).to.equal(false);
    expect(await events.next()).to.deep.equal(done);
  });

  it('drops the error of its source when it is left', async () => {
    const events = live(throwError(() => 'boom'));
    await events.return();
    expect(await outcome(events.next())).to.deep.equal(done);
  });

  it('is its own iterator', () => {
    const events = live(of(1));
    expect(events[Symbol.asyncIterator]()).to.equal(events);
  });

  it('can be disposed if the runtime has Symbol.asyncDispose', async () => {
    const { asyncDispose } = Symbol as { readonly asyncDispose?: symbol };
    const source = new Subject<number>();
    const events = live(source) as unknown as Record<symbol, () => Promise<unknown>>;
    if (asyncDispose !== undefined) await events[asyncDispose]?.();
    expect(source.observed).to.equal(asyncDispose === undefined);
  });

  it('yields values that the reader’s own reaction emits', async () => {
    const source = new Subject<number>();
    const events = live(source);
    const seen: number[] = [];
    source.next(1);
    for await (const one of events) {
      seen.push(one);
      if (one < 3) source.next(one + 1);
      else source.complete();
    }
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('throws for an invalid source or capacity', () => {
    for (const wrong of [0, undefined, { subscribe: 1 }])
      expect(() => live(wrong as never)).to.throw(TypeError, 'Expected `source$` to be an Observable');
    expect(() => live(NEVER, { capacity: 0 })).to.throw(TypeError, 'Expected `capacity` to be an integer ≥ 1, got `0`');
    expect(() => live(NEVER, { capacity: Infinity })).to.throw(TypeError, 'Expected `capacity`');
  });
});
