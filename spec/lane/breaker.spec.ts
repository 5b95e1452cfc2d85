import { expect } from 'chai';
import { Breaker, type BreakerState } from '../../lib/lane/breaker.js';

describe('Breaker', () => {
  const make = () => {
    const states: BreakerState[] = [];
    const breaker = new Breaker({ failures: 3, openMs: 100 }, (state) => {
      expect(breaker.state).to.equal(state);
      states.push(state);
    });
    const fail = (times: number, now = 0): void => {
      for (let time = 0; time < times; time += 1) breaker.failed(now);
    };
    return { breaker, states, fail };
  };

  it('admits every attempt while it is closed, without a notification', () => {
    const { breaker, states, fail } = make();
    fail(2);
    expect([breaker.admits(0, 1_000), breaker.admits(0, 1_000)]).to.deep.equal([true, true]);
    expect(states).to.deep.equal([]);
  });

  it('opens after `failures` consecutive failures', () => {
    const { breaker, states, fail } = make();
    fail(3, 10);
    expect([breaker.state, breaker.openUntil, breaker.admits(109, 1_000)]).to.deep.equal(['open', 110, false]);
    expect(states).to.deep.equal(['open']);
  });

  it('starts counting again after a success', () => {
    const { breaker, fail } = make();
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.state).to.equal('closed');
    fail(1);
    expect(breaker.state).to.equal('open');
  });

  it('admits one probe after the open time, and no other attempt until it has ended', () => {
    const { breaker, states, fail } = make();
    fail(3);
    expect([
      breaker.admits(99, 1_000),
      breaker.admits(100, 1_000),
      breaker.admits(100, 1_000),
      breaker.admits(10_000, 1_000),
    ]).to.deep.equal([false, true, false, false]);
    expect(states).to.deep.equal(['open', 'half-open']);
  });

  it('closes when the probe succeeds, and resets its count', () => {
    const { breaker, states, fail } = make();
    fail(3);
    breaker.admits(100, 1_000);
    breaker.succeeded();
    expect(breaker.admits(100, 1_000)).to.equal(true);
    fail(2, 100);
    expect(breaker.state).to.equal('closed');
    expect(states).to.deep.equal(['open', 'half-open', 'closed']);
  });

  it('opens for another term when the probe fails', () => {
    const { breaker, states, fail } = make();
    fail(3);
    breaker.admits(100, 1_000);
    fail(1, 150);
    expect([breaker.state, breaker.openUntil, breaker.admits(249, 1_000), breaker.admits(250, 1_000)]).to.deep.equal([
      'open',
      250,
      false,
      true,
    ]);
    expect(states).to.deep.equal(['open', 'half-open', 'open', 'half-open']);
  });

  it('is not extended by failures of attempts that began before it opened', () => {
    const { breaker, states, fail } = make();
    fail(3);
    fail(5, 50);
    expect(breaker.openUntil).to.equal(100);
    expect(states).to.deep.equal(['open']);
  });

  it('closes when an attempt succeeds that began before it opened', () => {
    const { breaker, fail } = make();
    fail(3);
    breaker.succeeded();
    expect(breaker.state).to.equal('closed');
  });
});
