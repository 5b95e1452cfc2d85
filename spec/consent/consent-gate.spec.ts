import { expect } from 'chai';
import { Subscription, type SchedulerLike } from 'rxjs';
import { ConsentGate, type ConsentState } from '../../lib/consent/consent-gate.js';

class Clock implements SchedulerLike {
  time = 0;
  readonly delays: number[] = [];
  now(): number {
    return this.time;
  }
  schedule(_work: unknown, delay = 0): Subscription {
    this.delays.push(delay);
    return new Subscription();
  }
}

function rig(maxHeld = 10, maxAgeMs = 100): { gate: ConsentGate<string>; released: string[]; lost: string[]; clock: Clock } {
  const released: string[] = [];
  const lost: string[] = [];
  const clock = new Clock();
  const gate = new ConsentGate<string>({
    maxHeld,
    maxAgeMs,
    scheduler: clock,
    release: (event) => released.push(event),
    lose: (event) => lost.push(event),
  });
  return { gate, released, lost, clock };
}

function grant(gate: ConsentGate<string>): void {
  gate.setConsent('granted');
  gate.release();
}

describe('ConsentGate', () => {
  it("returns an event's outcome for each consent state", () => {
    const { gate } = rig(1);
    expect([gate.state, gate.offer('a'), gate.offer('b')]).to.deep.equal(['unknown', 'held', 'consent']);
    grant(gate);
    expect([gate.state, gate.offer('c')]).to.deep.equal(['granted', 'pass']);
    gate.setConsent('denied');
    expect([gate.state, gate.offer('d')]).to.deep.equal(['denied', 'filtered']);
  });

  it('reports the number of held events', () => {
    const { gate } = rig();
    gate.offer('a');
    gate.offer('b');
    expect(gate.size).to.equal(2);
    grant(gate);
    expect(gate.size).to.equal(0);
  });

  it('returns drained events to the caller', () => {
    const { gate, released, lost } = rig();
    gate.offer('a');
    gate.offer('b');
    expect(gate.drain()).to.deep.equal(['a', 'b']);
    grant(gate);
    gate.setConsent('denied');
    expect([gate.size, released, lost]).to.deep.equal([0, [], []]);
  });

  it('applies a bound that changes', () => {
    const { released, lost, clock } = rig();
    let maxHeld = 1;
    const gate = new ConsentGate<string>({
      get maxHeld() {
        return maxHeld;
      },
      maxAgeMs: 100,
      scheduler: clock,
      release: (event) => released.push(event),
      lose: (event) => lost.push(event),
    });
    expect([gate.offer('a'), gate.offer('b')]).to.deep.equal(['held', 'consent']);
    maxHeld = 2;
    expect(gate.offer('b')).to.equal('held');
  });

  it('sets its timer for the oldest held event, within the longest delay of a timer', () => {
    const { gate, clock } = rig(10, 2 ** 31 - 1);
    gate.offer('a');
    grant(gate);
    gate.setConsent('unknown');
    clock.time = 1_000;
    gate.offer('b');
    gate.offer('c');
    expect(clock.delays).to.deep.equal([2 ** 31 - 1, 2 ** 31 - 1]);
  });

  it('keeps the ages of remaining events when others are released or lost', () => {
    const { gate, released, lost, clock } = rig();
    gate.offer('a');
    clock.time = 60;
    gate.offer('b');
    clock.time = 120;
    grant(gate);
    expect([released, lost]).to.deep.equal([['b'], ['a']]);
    gate.setConsent('unknown');
    gate.offer('c');
    clock.time = 220;
    grant(gate);
    expect(released).to.deep.equal(['b', 'c']);
  });

  it('returns the events that a denial removes, and keeps the order until the release', () => {
    const { gate, released } = rig();
    gate.offer('a');
    expect(gate.setConsent('denied')).to.deep.equal(['a']);
    gate.setConsent('unknown');
    gate.offer('b');
    gate.setConsent('granted');
    expect([gate.offer('c'), released]).to.deep.equal(['held', []]);
    gate.release();
    expect([released, gate.offer('d')]).to.deep.equal([['b', 'c'], 'pass']);
  });

  it('holds events while consent is unknown', () => {
    const { gate } = rig();
    gate.setConsent('yes' as ConsentState);
    expect([gate.state, gate.offer('a')]).to.deep.equal(['unknown', 'held']);
  });
});
