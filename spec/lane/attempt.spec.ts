import { once } from 'node:events';
import { expect } from 'chai';
import { Attempt } from '../../lib/lane/attempt.js';

describe('the signal of an attempt', () => {
  it('catches what listeners throw', async () => {
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

  it('calls a listener once, and none that was removed', () => {
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

  it('serves those who wait for its event', async () => {
    const attempt = new Attempt(1);
    const aborted = once(attempt.signal, 'abort');
    attempt.abort();
    await aborted;
    expect(AbortSignal.any([attempt.signal]).aborted).to.equal(true);
  });
});
