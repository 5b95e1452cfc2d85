import { expect } from 'chai';
import { timer } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { DeadLetter } from '../../lib/lane/delivery.js';
import { virtually } from '../support/virtual.js';
import { sinkOf } from '../support/sink-of.js';

describe('redeliver', () => {
  it('refuses invalid dead letters', () => {
    const collector = new EventCollector({ sinks: [sinkOf(() => undefined)] });
    for (const letter of [undefined, {}, { sink: 'sink', batch: {} }, { sink: 'sink', batch: { events: 5 } }]) {
      expect(collector.redeliver(letter as unknown as DeadLetter)).to.equal(false);
    }
  });

  it('accepts changed dead letters, and refuses unreadable ones', () => {
    const letterOf = (events: unknown): DeadLetter => ({ sink: 'sink', batch: { events } }) as DeadLetter;
    const events: unknown[] = [{ id: 'a' }];
    const collector = virtually({ sinks: [sinkOf(() => timer(10))], lane: { maxEvents: 2 } }, ({ collector: made, collect, at }) => {
      expect(made.redeliver(letterOf(events))).to.equal(true);
      events.push({ id: 'b' });
      for (const nothing of [[null], [{}, 'text'], new Array(2)]) expect(made.redeliver(letterOf(nothing))).to.equal(false);
      const unreadable = Object.defineProperty({ sink: 'sink' }, 'batch', { get: () => expect.fail('read') });
      expect(made.redeliver(unreadable as unknown as DeadLetter)).to.equal(false);
      at(20, () => {
        collect('cdef');
        void made.flush();
      });
    });
    expect(collector.stats().sinks['sink']).to.include({ offered: 5, delivered: 3, dropped: 2 });
  });
});
