import { expect } from 'chai';
import { RecentEvents } from '../../lib/devtools/recent-events.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { Outcome } from '../../lib/lane/delivery.js';
import { anEvent } from '../support/an-event.js';

describe('RecentEvents', () => {
  const eventOf = (id: string): AnalyticsEvent => anEvent({ id });
  const settle = (recent: RecentEvents, events: readonly AnalyticsEvent[], outcome: Outcome, sequence = 1, sink = 'a'): void => {
    recent.settled({ sink, batch: createBatch(events, sequence), attempts: 1, ...outcome });
  };
  const idsOf = (recent: RecentEvents): string =>
    recent
      .latest()
      .map(({ id }) => id)
      .join('');
  const fatesOf = (recent: RecentEvents): unknown => recent.latest()[0]?.fates;

  it('lists the latest events, the newest first, up to its capacity', () => {
    const recent = new RecentEvents(3);
    for (const id of 'abcde') recent.add(eventOf(id));
    expect(idsOf(recent)).to.equal('edc');
    expect(idsOf(recent)).to.equal('edc');
  });

  it('adds the same event once, and another one with its id as well', () => {
    const recent = new RecentEvents(5);
    const event = eventOf('a');
    recent.add(event);
    recent.add(event);
    recent.add(eventOf('a'));
    expect(idsOf(recent)).to.equal('aa');
  });

  it('follows an event from the open batch over its sinks to the outcome at each', () => {
    const recent = new RecentEvents(5);
    const event = eventOf('a');
    recent.add(event);
    expect(fatesOf(recent)).to.deep.equal({});
    recent.batched(createBatch([event], 1), ['a', 'b', 'c']);
    expect(fatesOf(recent)).to.deep.equal({ a: { status: 'pending' }, b: { status: 'pending' }, c: { status: 'pending' } });
    settle(recent, [event], { status: 'delivered' });
    settle(recent, [event], { status: 'failed', error: new SinkError('rejected', 'no') }, 1, 'b');
    settle(recent, [event], { status: 'dropped', reason: 'shutdown' }, 1, 'c');
    expect(fatesOf(recent)).to.deep.equal({
      a: { status: 'delivered' },
      b: { status: 'failed', why: 'rejected: no' },
      c: { status: 'dropped', why: 'shutdown' },
    });
  });

  it('adds the event that fills a batch if it was not seen before, with an outcome that is known already', () => {
    const recent = new RecentEvents(5);
    const event = eventOf('a');
    settle(recent, [event], { status: 'delivered' });
    recent.batched(createBatch([event], 1), ['a', 'b']);
    expect(fatesOf(recent)).to.deep.equal({ a: { status: 'delivered' }, b: { status: 'pending' } });
  });

  it('ignores outcomes of batches before the last one, whose events it no longer has', () => {
    const recent = new RecentEvents(5);
    recent.batched(createBatch([eventOf('a')], 2), ['a']);
    settle(recent, [eventOf('b')], { status: 'delivered' }, 2);
    recent.add(eventOf('b'));
    expect(fatesOf(recent)).to.deep.equal({});
  });

  it('keeps events without an outcome in place of new ones, except for an eighth of its capacity', () => {
    const recent = new RecentEvents(8);
    const add = (ids: string): void => {
      for (const id of ids) recent.add(eventOf(id));
    };
    add('abcdefgh');
    expect(idsOf(recent)).to.equal('hgfedcba');
    add('ijklmnop');
    expect(idsOf(recent)).to.equal('phgfedcb');
  });

  it('makes way for new events as soon as the outcome was shown', () => {
    const recent = new RecentEvents(2);
    const events = [eventOf('a'), eventOf('b')];
    for (const event of events) recent.add(event);
    settle(recent, events, { status: 'delivered' });
    expect(idsOf(recent)).to.equal('ba');
    for (const id of 'cd') recent.add(eventOf(id));
    expect(idsOf(recent)).to.equal('dc');
  });
});
