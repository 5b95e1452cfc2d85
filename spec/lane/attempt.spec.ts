import { once } from 'node:events';
import { expect } from 'chai';
import { NEVER, of, Subject, throwError } from 'rxjs';
import { Attempt, callSink, isObservableInput, observeAnswer } from '../../lib/lane/attempt.js';
import type { EventSink } from '../../lib/sink/sink.js';

describe('the signal of an attempt', () => {
  it('catches errors of listeners', async () => {
    const attempt = new Attempt(1);
    const heard: string[] = [];
    const uncaught: unknown[] = [];
    const onUncaught = (error: unknown): number => uncaught.push(error);
    process.on('uncaughtException', onUncaught);
    const fail = (name: string): never => {
      heard.push(name);
      throw new Error(name);
    };
    attempt.signal.addEventListener('abort', () => fail('function'));
    attempt.signal.addEventListener('abort', { handleEvent: () => fail('object') });
    attempt.signal.addEventListener('abort', () => heard.push('last'), { once: true });
    attempt.abort();
    // Errors of listeners are reported in a later tick.
    await new Promise(setImmediate);
    process.off('uncaughtException', onUncaught);
    expect(heard).to.deep.equal(['function', 'object', 'last']);
    expect(uncaught).to.deep.equal([]);
  });

  it('calls a listener once, and does not call a removed one', () => {
    const attempt = new Attempt(1);
    let calls = 0;
    const listener = (): void => {
      calls += 1;
    };
    const removed = (): void => {
      calls += 100;
    };
    attempt.signal.addEventListener('abort', listener);
    attempt.signal.addEventListener('abort', listener);
    attempt.signal.addEventListener('abort', removed);
    attempt.signal.removeEventListener('abort', removed);
    attempt.abort();
    expect(calls).to.equal(1);
  });

  it('works with code that waits for its event', async () => {
    const attempt = new Attempt(1);
    const aborted = once(attempt.signal, 'abort');
    attempt.abort();
    await aborted;
    expect(AbortSignal.any([attempt.signal]).aborted).to.equal(true);
  });
});

describe('Attempt', () => {
  it('has one signal, which is aborted even if it is read later', () => {
    const [before, after] = [new Attempt(1), new Attempt(2)];
    expect(before.signal).to.equal(before.signal);
    expect([before.attempt, before.signal.aborted, after.attempt]).to.deep.equal([1, false, 2]);
    for (const each of [before, after]) each.abort();
    expect([before.signal.aborted, after.signal.aborted]).to.deep.equal([true, true]);
  });

  it('calls back once when it is aborted, immediately if it already is, even if other callbacks throw', () => {
    const attempt = new Attempt(1);
    const log: string[] = [];
    attempt.onAbort(() => {
      throw new Error('broken');
    });
    attempt.onAbort(() => log.push('first'));
    expect(log).to.deep.equal([]);
    attempt.abort();
    attempt.abort();
    attempt.onAbort(() => log.push('late'));
    expect(log).to.deep.equal(['first', 'late']);
  });
});

/** The calls of `onEnd`. */
type Ends = ({ readonly error: unknown } | undefined)[];

describe('observeAnswer', () => {
  const boom = new Error('boom');

  it('calls back once for an Observable, and can be unsubscribed', () => {
    const ends: Ends = [];
    observeAnswer(of(1, 2), (failure) => ends.push(failure));
    observeAnswer(
      throwError(() => boom),
      (failure) => ends.push(failure),
    );
    const open = new Subject();
    observeAnswer(open, (failure) => ends.push(failure))?.unsubscribe();
    expect(open.observed).to.equal(false);
    expect(ends).to.deep.equal([undefined, { error: boom }]);
  });

  it('calls back for a promise', async () => {
    const ends: Ends = [];
    expect(observeAnswer(Promise.resolve(1), (failure) => ends.push(failure))).to.equal(undefined);
    observeAnswer(Promise.reject(boom), (failure) => ends.push(failure));
    await new Promise(setImmediate);
    expect(ends).to.deep.equal([undefined, { error: boom }]);
  });

  it('fails for a promise whose `then` throws', () => {
    class Broken extends Promise<unknown> {
      override then(): never {
        throw boom;
      }
    }
    const ends: Ends = [];
    observeAnswer(new Broken(() => undefined), (failure) => ends.push(failure));
    expect(ends).to.deep.equal([{ error: boom }]);
  });
});

describe('isObservableInput', () => {
  it('accepts Observables, promises, iterables and streams', () => {
    const inputs = [NEVER, Promise.resolve(), [], new Set(), 'text', { [Symbol.asyncIterator]: () => undefined }, new ReadableStream()];
    expect(inputs.map(isObservableInput)).to.deep.equal([true, true, true, true, false, true, true]);
    expect([{ then: () => undefined }, { '@@observable': () => NEVER }].map(isObservableInput)).to.deep.equal([true, true]);
  });

  it('refuses everything else', () => {
    for (const value of [undefined, null, 1, true, {}, { then: 1 }, () => undefined]) expect(isObservableInput(value)).to.equal(false);
  });
});

describe('callSink', () => {
  const endsOf = (flush?: () => ReturnType<NonNullable<EventSink['flush']>>): Ends => {
    const ends: Ends = [];
    const sink: EventSink<never> = { name: 'sink', process: () => undefined, ...(flush !== undefined && { flush }) };
    callSink(sink, 'flush', (failure) => ends.push(failure));
    return ends;
  };

  it('ends immediately without the method, and for an answer that RxJS does not accept', () => {
    expect(endsOf()).to.deep.equal([undefined]);
    expect(endsOf(() => 5 as never)).to.deep.equal([undefined]);
  });

  it('ends with the answer', () => {
    expect(endsOf(() => NEVER)).to.deep.equal([]);
    expect(endsOf(() => of(1))).to.deep.equal([undefined]);
  });

  it('ends once with the error of the method', () => {
    const boom = new Error('boom');
    const thrower = (): never => {
      throw boom;
    };
    expect(endsOf(thrower)).to.deep.equal([{ error: boom }]);
  });
});
