import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { setImmediate as tick } from 'node:timers/promises';
import { expect } from 'chai';
import { UncaughtErrors } from '../../lib/node/uncaught-errors.js';

const EVENT = 'uncaughtException';
type Listener = NodeJS.UncaughtExceptionListener;

describe('UncaughtErrors', () => {
  let ofTheRunner: readonly Listener[];
  let deliveries: { readonly others: number; readonly deliver: () => void }[];
  let calls: string[];
  let errors: UncaughtErrors;

  beforeEach(() => {
    ofTheRunner = process.rawListeners(EVENT) as Listener[];
    process.removeAllListeners(EVENT);
    deliveries = [];
    calls = [];
    errors = new UncaughtErrors({
      deliver: (others) => new Promise<void>((deliver) => deliveries.push({ others, deliver })),
      beforeCrash: () => calls.push('crash'),
      isEndRequired: () => false,
    });
  });

  afterEach(() => {
    errors.detach();
    process.removeAllListeners(EVENT);
    for (const each of ofTheRunner) process.on(EVENT, each);
  });

  /** Raises an error as Node does: the monitor first, then the listeners. */
  function raise(error: unknown, origin: NodeJS.UncaughtExceptionOrigin = 'uncaughtException'): boolean {
    errors.intercept();
    return (process as NodeJS.EventEmitter).emit(EVENT, error, origin);
  }

  async function delivered(): Promise<void> {
    deliveries.at(-1)?.deliver();
    await tick();
  }

  const hear =
    (name: string): Listener =>
    (error, origin) =>
      void calls.push(`${name} ${String(error)} ${origin}`);

  /** Runs `work` with stderr replaced. */
  function withStderr(write: (text: string) => unknown, work: () => unknown): void {
    const { writeSync } = fs;
    fs.writeSync = ((_fd: number, text: string) => {
      write(text);
    }) as never;
    syncBuiltinESMExports();
    try {
      work();
    } finally {
      fs.writeSync = writeSync;
      syncBuiltinESMExports();
    }
  }

  it('calls listeners after the delivery, in their order, and is not a listener itself then', async () => {
    process.on(EVENT, hear('first'));
    process.on(EVENT, () => calls.push(String(process.listenerCount(EVENT))));
    expect([raise('a'), raise('b', 'unhandledRejection')]).to.deep.equal([true, true]);
    await tick();
    expect([calls, deliveries.map(({ others }) => others), errors.isHolding]).to.deep.equal([[], [2], true]);
    await delivered();
    expect(calls).to.deep.equal(['first a uncaughtException', '2', 'first b unhandledRejection', '2']);
    expect(errors.isHolding).to.equal(false);
  });

  it('holds back each error, and delivers again for a later one', async () => {
    process.on(EVENT, hear('heard'));
    raise('a');
    await delivered();
    raise('b');
    expect([calls.length, deliveries.length]).to.deep.equal([1, 2]);
    await delivered();
    expect(calls).to.have.length(2);
  });

  it('calls a listener that was added meanwhile after the others, and a `once` listener a single time', async () => {
    process.once(EVENT, hear('once'));
    process.on(EVENT, hear('always'));
    raise('a');
    process.prependListener(EVENT, hear('added'));
    raise('b');
    // Node has called it already.
    calls.splice(0);
    await delivered();
    expect(calls.map((call) => call.slice(0, -' uncaughtException'.length))).to.deep.equal([
      'once a',
      'always a',
      'added a',
      'always b',
      'added b',
    ]);
  });

  it('calls no listener that was removed while the error was held back', async () => {
    const removed = hear('removed');
    process.on(EVENT, hear('heard'));
    raise('a');
    process.on(EVENT, removed);
    process.off(EVENT, removed);
    await delivered();
    expect(calls).to.deep.equal(['heard a uncaughtException']);
  });

  it('restores the listeners immediately when the process exits', () => {
    const listeners = [hear('first'), hear('second')];
    for (const each of listeners) process.on(EVENT, each);
    raise('a');
    expect(process.listeners(EVENT)).to.have.length(1);
    errors.detach();
    expect(process.listeners(EVENT)).to.deep.equal(listeners);
    errors.detach();
    expect(process.listeners(EVENT)).to.deep.equal(listeners);
  });

  it('prints a second error immediately if nothing listens, but not the first one again', () => {
    const printed: string[] = [];
    withStderr(
      (text) => printed.push(text),
      () => {
        raise('a');
        raise('a', 'unhandledRejection');
        raise({ b: 1 });
      },
    );
    expect([printed, deliveries.length]).to.deep.equal([['Uncaught { b: 1 }\n'], 1]);
  });

  it('prints nothing if other listeners will receive the error', () => {
    process.on(EVENT, hear('heard'));
    const printed: string[] = [];
    withStderr(
      (text) => printed.push(text),
      () => {
        raise('a');
        raise('b');
      },
    );
    expect(printed).to.deep.equal([]);
  });

  it('keeps holding errors back if one of them cannot be printed', () => {
    const hostile = Object.defineProperty(new Error('hostile'), 'stack', {
      get: () => {
        throw new Error('no stack');
      },
    });
    const closed = (): never => {
      throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    };
    const printed: string[] = [];
    raise('a');
    withStderr(
      (text) => printed.push(text),
      () => raise(hostile),
    );
    expect(printed).to.deep.equal(['Uncaught error that cannot be printed\n']);
    withStderr(closed, () => raise('b'));
    expect(errors.isHolding).to.equal(true);
  });
});
