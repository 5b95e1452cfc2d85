import '../support/angular.js';
import type { ErrorHandler } from '@angular/core';
import { expect } from 'chai';
import { watchErrors } from '../../lib/angular/watch-errors.js';

describe('watchErrors', () => {
  let log: string[];

  beforeEach(() => {
    log = [];
  });

  class Handler implements ErrorHandler {
    readonly #name = 'handler';

    handleError(error: unknown): void {
      log.push(`${this.#name} ${String(error)}`);
    }
  }
  const watcherOf =
    (name: string) =>
    (error: unknown): void => {
      log.push(`${name} ${String(error)}`);
    };

  it('calls each watcher before the handler, which keeps its `this`', () => {
    const handler = new Handler();
    watchErrors(handler, watcherOf('a'));
    watchErrors(handler, watcherOf('b'));
    const detached: (error: unknown) => void = Reflect.get(handler, 'handleError');
    detached('x');
    expect(log).to.deep.equal(['a x', 'b x', 'handler x']);
  });

  it('leaves the handler as it was after the last watcher, with its own method or that of its class', () => {
    const own = { handleError: watcherOf('own') };
    const before = Object.getOwnPropertyDescriptors(own);
    const inherited = new Handler();
    for (const handler of [own, inherited]) {
      const unwatch = [watchErrors(handler, watcherOf('a')), watchErrors(handler, watcherOf('b'))];
      unwatch[0]?.();
      handler.handleError('x');
      unwatch[1]?.();
      handler.handleError('y');
    }
    expect(log).to.deep.equal(['b x', 'own x', 'own y', 'b x', 'handler x', 'handler y']);
    expect(Object.getOwnPropertyDescriptors(own)).to.deep.equal(before);
    expect(Object.keys(inherited)).to.deep.equal([]);
  });

  it('calls every watcher and the handler if a watcher throws, and throws its error', () => {
    const handler = new Handler();
    watchErrors(handler, () => {
      throw new Error('broken');
    });
    watchErrors(handler, watcherOf('b'));
    expect(() => {
      handler.handleError('x');
    }).to.throw('broken');
    expect(log).to.deep.equal(['b x', 'handler x']);
  });

  it('accepts watchers that come and go during an error', () => {
    const handler = new Handler();
    const unwatch = watchErrors(handler, () => {
      log.push('once');
      unwatch();
      watchErrors(handler, watcherOf('late'));
    });
    handler.handleError('x');
    handler.handleError('y');
    expect(log).to.deep.equal(['once', 'handler x', 'late y', 'handler y']);
  });

  it('ends a watch once: a second call ends no other watch', () => {
    const handler = new Handler();
    const unwatch = watchErrors(handler, watcherOf('a'));
    unwatch();
    watchErrors(handler, watcherOf('b'));
    unwatch();
    handler.handleError('x');
    expect(log).to.deep.equal(['b x', 'handler x']);
  });

  it('watches again after other code has restored the method of the handler', () => {
    const handler = new Handler();
    const unwatch = watchErrors(handler, watcherOf('a'));
    Reflect.deleteProperty(handler, 'handleError');
    unwatch();
    watchErrors(handler, watcherOf('b'));
    handler.handleError('x');
    expect(log).to.deep.equal(['b x', 'handler x']);
  });
});
