import { expect } from 'chai';
import type { EventPriority } from '../../lib/event/event.js';
import { EVENT_PRIORITIES, isPriority, priorityRank } from '../../lib/event/priority.js';

describe('priority', () => {
  it('ranks the priorities in their order', () => {
    expect(EVENT_PRIORITIES).to.deep.equal(['low', 'normal', 'high', 'critical']);
    expect(EVENT_PRIORITIES.map(priorityRank)).to.deep.equal([0, 1, 2, 3]);
  });

  it("ranks an unknown priority as 'normal'", () => {
    expect(priorityRank('urgent' as EventPriority)).to.equal(1);
    expect(priorityRank(undefined)).to.equal(1);
  });

  it('recognises the four priorities, and nothing else', () => {
    expect(EVENT_PRIORITIES.every(isPriority)).to.be.true;
    for (const value of ['High', '', undefined, null, 2, ['high']]) expect(isPriority(value), String(value)).to.be.false;
  });
});
