import { expect } from 'chai';
import { failedEvents } from '../../lib/lane/failed-events.js';
import { forbidding, revoked, throwing } from '../support/hostile.js';

describe('failedEvents', () => {
  const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  const events = [a, b, c];

  it('are all of them if none is named', () => {
    expect(failedEvents(events, undefined)).to.equal(events);
  });

  it('are the named ones, in the order of the batch', () => {
    expect(failedEvents(events, [c, a])).to.deep.equal([a, c]);
  });

  it('recognises them by their ids, too', () => {
    expect(failedEvents(events, [{ id: 'b', more: true }])).to.deep.equal([b]);
    expect(failedEvents(events, [{ id: 'b' }])[0]).to.equal(b);
  });

  it('recognises events without an id by identity', () => {
    const [one, two] = [{}, {}];
    expect(failedEvents([one, two], [two])).to.have.length(1);
    expect(failedEvents([1, 2, 3], [2])).to.deep.equal([2]);
    expect(failedEvents([one, two], [two])[0]).to.equal(two);
  });

  it('are none if the sink names an empty list', () => {
    expect(failedEvents(events, [])).to.deep.equal([]);
  });

  it('are all of them if the sink names only events of other batches', () => {
    expect(failedEvents(events, [{ id: 'x' }, null, 1])).to.equal(events);
  });

  it('are all of them if the sink does not name a list', () => {
    for (const named of [null, 5, 'a', {}, new Set([a])]) expect(failedEvents(events, named as never)).to.equal(events);
  });

  it('ignores unreadable entries', () => {
    expect(failedEvents(events, [forbidding(), revoked(), throwing(new Error('no'), 'id'), b])).to.deep.equal([b]);
  });
});
