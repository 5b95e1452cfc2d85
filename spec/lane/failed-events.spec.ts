import { expect } from 'chai';
import { failedEvents } from '../../lib/lane/failed-events.js';
import { forbidding, revoked, throwing } from '../support/hostile.js';

describe('failedEvents', () => {
  const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  const events = [a, b, c];

  it('is all of them when none is named', () => {
    expect(failedEvents(events, undefined)).to.equal(events);
  });

  it('is those that are named, in the order of the batch', () => {
    expect(failedEvents(events, [c, a])).to.deep.equal([a, c]);
  });

  it('knows them by their ids, too', () => {
    expect(failedEvents(events, [{ id: 'b', more: true }])).to.deep.equal([b]);
    expect(failedEvents(events, [{ id: 'b' }])[0]).to.equal(b);
  });

  it('knows those without an id by themselves', () => {
    const [one, two] = [{}, {}];
    expect(failedEvents([one, two], [two])).to.have.length(1);
    expect(failedEvents([1, 2, 3], [2])).to.deep.equal([2]);
    expect(failedEvents([one, two], [two])[0]).to.equal(two);
  });

  it('is none of them when the sink names an empty list', () => {
    expect(failedEvents(events, [])).to.deep.equal([]);
  });

  it('is all of them when the sink names only what it never got', () => {
    expect(failedEvents(events, [{ id: 'x' }, null, 1])).to.equal(events);
  });

  it('is all of them when what the sink names is no list', () => {
    for (const named of [null, 5, 'a', {}, new Set([a])]) expect(failedEvents(events, named as never)).to.equal(events);
  });

  it('passes over what cannot be read', () => {
    expect(failedEvents(events, [forbidding(), revoked(), throwing(new Error('no'), 'id'), b])).to.deep.equal([b]);
  });
});
