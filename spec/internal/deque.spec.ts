import { expect } from 'chai';
import fc from 'fast-check';
import { Deque } from '../../lib/internal/deque.js';

describe('Deque', () => {
  it('is empty to begin with', () => {
    const deque = new Deque<number>();
    expect([deque.length, deque.shift(), deque.pop(), deque.at(0)]).to.deep.equal([0, undefined, undefined, undefined]);
    expect([...deque]).to.deep.equal([]);
  });

  it('behaves like an array for any order of operations', () => {
    const operation = fc.oneof(
      fc.record({ name: fc.constantFrom('push', 'unshift'), times: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ name: fc.constantFrom('shift', 'pop'), times: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ name: fc.constant('drain'), times: fc.constant(1) }),
    );
    fc.assert(
      fc.property(fc.array(operation), (operations) => {
        const deque = new Deque<number>();
        let model: number[] = [];
        let next = 0;
        for (const { name, times } of operations) {
          for (let count = 0; count < times; count += 1) {
            if (name === 'push') {
              deque.push(next);
              model.push(next++);
            } else if (name === 'unshift') {
              deque.unshift(next);
              model.unshift(next++);
            } else if (name === 'shift') {
              expect(deque.shift()).to.equal(model.shift());
            } else if (name === 'pop') {
              expect(deque.pop()).to.equal(model.pop());
            } else {
              expect(deque.drain()).to.deep.equal(model);
              model = [];
            }
          }
          expect(deque.length).to.equal(model.length);
          expect([...deque]).to.deep.equal(model);
          expect([deque.at(-1), deque.at(0), deque.at(model.length)]).to.deep.equal([undefined, model[0], undefined]);
        }
      }),
    );
  });

  it('can be used after it was drained', () => {
    const deque = new Deque<string>();
    deque.push('a');
    deque.drain();
    deque.push('b');
    expect([...deque]).to.deep.equal(['b']);
  });
});
