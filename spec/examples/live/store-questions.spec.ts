import { expect } from 'chai';
import { questionLines } from '../../../examples/live/store-questions.js';
import { openEventStore, type EventStore } from '../../../lib/node/index.js';
import { anEvent } from '../../support/an-event.js';
import { anySqlite } from '../../support/sqlite-drivers.js';

describe('examples/live: questions to the store', () => {
  let store: EventStore;

  beforeEach(function () {
    store = openEventStore({ database: anySqlite(this)(':memory:') });
  });

  it('answers with the busiest minute, the actors and a funnel', () => {
    const act = (user: string, type: string, timestamp: number, weight = 1) =>
      anEvent({ id: `${user} ${type} ${String(timestamp)}`, type, timestamp, weight, data: { client_id: user } });
    store.append([
      act('a', 'search', 0),
      act('a', 'search', 60_000),
      act('b', 'search', 61_000, 10),
      act('b', 'view\u001b', 62_000),
      act('b', 'buy', 63_000),
    ]);
    expect(questionLines(store)).to.deep.equal([
      'asked   the busiest minute: 1970-01-01T00:01Z, 13 events, most of them search',
      '        different data.client_id: at least 2',
      '        in this order within an hour: at least search 2 → buy 1 → view· 0',
    ]);
  });

  it('answers for the newest day, by session if no field names an actor', () => {
    const day = 86_400_000;
    store.append([anEvent({ id: 'a', timestamp: 0 }), anEvent({ id: 'b', timestamp: 2 * day }), anEvent({ id: 'c', timestamp: 2 * day })]);
    expect(questionLines(store)).to.deep.equal([
      'asked   the busiest minute: 1970-01-03T00:00Z, 2 events, most of them feature_used',
      '        different sessionId: 1',
    ]);
  });

  it('has no answers for an empty store', () => {
    expect(questionLines(store)).to.deep.equal([]);
  });
});
