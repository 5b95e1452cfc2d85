import { expect } from 'chai';
import * as t from 'io-ts';
import { eventInputCodec } from '../../lib/ingest/event-input-codec.js';
import { LIMITS } from '../../lib/ingest/ingest-limits.js';
import { SeenIds } from '../../lib/ingest/seen-ids.js';
import { takeEvents } from '../../lib/ingest/take-events.js';
import type { BodyItem } from '../../lib/ingest/body-item.js';
import type { EventInput } from '../../lib/event/event.js';
import type { CollectOutcome } from '../../lib/ledger/ledger.js';
import { Ledger } from '../../lib/ledger/ledger.js';
import { reportOf } from './asked.js';

const NOW = 1_700_000_000_000;

/** A collector with these outcomes, one after the other, and the inputs that it received. */
function setUp(...outcomes: (CollectOutcome | 'full')[]) {
  return setUpWith(eventInputCodec, outcomes);
}

function setUpWith(codec: t.Decoder<unknown, EventInput>, outcomes: (CollectOutcome | 'full')[] = []) {
  const ledger = new Ledger();
  const inputs: EventInput[] = [];
  const seen = new SeenIds(10, 1_000, () => 0);
  const collector = {
    collect: (input: EventInput): CollectOutcome => {
      inputs.push(input);
      const outcome = outcomes.shift() ?? 'accepted';
      if (outcome === 'full') ledger.reject('backpressure');
      return outcome === 'full' ? 'dropped' : outcome;
    },
    stats: () => ledger.snapshot({}),
  };
  const take = (...items: BodyItem[]) =>
    takeEvents(items, {
      collector,
      codec,
      limits: LIMITS.parse({}),
      clock: { receivedAt: NOW, maxAheadMs: 1_000 },
      seen,
    });
  return { take, inputs, seen };
}

const item = (value: object): BodyItem => ({ value });
const items = (...types: string[]): BodyItem[] => types.map((type) => item({ type, id: type }));

describe('takeEvents', () => {
  it('counts the outcome of each event', () => {
    const { take } = setUp('accepted', 'filtered', 'sampled', 'dropped', 'invalid');
    const { report, obstacle } = take(...items('a', 'b', 'c', 'd', 'e'));
    expect(report).to.deep.include({ accepted: 1, filtered: 1, sampled: 1, dropped: 1 });
    expect(report.invalid.map(({ index }) => index)).to.deep.equal([4]);
    expect(obstacle).to.equal(undefined);
  });

  it('stops at the first event without capacity, and at a closed collector', () => {
    const full = setUp('accepted', 'full');
    expect(full.take(...items('a', 'b', 'c'))).to.deep.equal({ report: reportOf({ accepted: 1, retryFrom: 1 }), obstacle: 'busy' });
    expect(full.inputs).to.have.length(2);
    const closed = setUp('accepted', 'closed');
    expect(closed.take(...items('a', 'b', 'c'))).to.deep.equal({ report: reportOf({ accepted: 1, retryFrom: 1 }), obstacle: 'closed' });
  });

  it('does not offer an event that was accepted before', () => {
    const { take, inputs } = setUp();
    take(...items('a'));
    expect(take(...items('a', 'b')).report).to.deep.equal(reportOf({ accepted: 1, duplicates: 1 }));
    expect(inputs.map(({ type }) => type)).to.deep.equal(['a', 'b']);
  });

  it('offers an event again that was refused or invalid', () => {
    const { take } = setUp('full', 'invalid', 'accepted', 'accepted');
    take(...items('a'));
    take(...items('b'));
    expect(take(...items('a', 'b')).report).to.deep.equal(reportOf({ accepted: 2 }));
  });

  it('reports events with faults, beyond a limit, or of another form as invalid, and offers the others', () => {
    const { take, inputs } = setUp();
    const fault = { path: 'x', expected: 'y', got: 'z' };
    const { report } = take({ faults: [fault] }, item({ type: 'x'.repeat(300) }), item({ type: 5 }), item({ type: 'a' }));
    expect(report.invalid.map(({ index }) => index)).to.deep.equal([0, 1, 2]);
    expect(report.invalid[0]?.faults).to.deep.equal([fault]);
    expect(inputs.map(({ type }) => type)).to.deep.equal(['a']);
  });

  it('describes none of the invalid events that it only counts', () => {
    let descriptions = 0;
    const refusing = new t.Type('Refusing', eventInputCodec.is, t.failure<EventInput>, (event) => event);
    Object.defineProperty(refusing, 'name', {
      get: () => {
        descriptions += 1;
        return 'Refusing';
      },
    });
    const described = (count: number): number => {
      descriptions = 0;
      const { report } = setUpWith(refusing).take(...Array.from({ length: count }, () => item({ type: 'a' })));
      expect(report.invalid.length + (report.moreInvalid ?? 0)).to.equal(count);
      return descriptions;
    };
    expect(described(100)).to.be.at.least(100);
    expect(described(1_000)).to.equal(described(100));
  });

  it('counts those whose codec throws', () => {
    const throwing = { name: 'throwing', validate: t.failure, decode: () => expect.fail() };
    expect(setUpWith(throwing).take(...items(...'abc'.repeat(50))).report).to.include({
      moreInvalid: 50,
    });
  });

  it('corrects the time, and keeps the original one in the metadata', () => {
    const { take, inputs } = setUp();
    take(item({ type: 'a', timestamp: NOW - 5 }), item({ type: 'a', timestamp: NOW + 5_000 }), {
      value: { type: 'a', timestamp: 5 },
      sentAt: 105,
    });
    expect(inputs.map(({ timestamp, metadata }) => [timestamp, metadata?.['originalTimestamp']])).to.deep.equal([
      [NOW - 5, undefined],
      [NOW, NOW + 5_000],
      [NOW - 100, 5],
    ]);
  });

  it('uses the unique id if an event with another key has the same id', () => {
    const { take, inputs } = setUp();
    const keyed = (source: string): BodyItem => ({ value: { type: 'a', id: '1' }, key: `${source} 1`, uniqueId: `unique ${source}` });
    expect(take(keyed('x'), keyed('y'), keyed('y')).report).to.deep.equal(reportOf({ accepted: 2, duplicates: 1 }));
    expect(inputs.map(({ id }) => id)).to.deep.equal(['1', 'unique y']);
  });
});
