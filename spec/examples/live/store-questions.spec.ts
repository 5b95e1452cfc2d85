import { expect } from 'chai';
import { answersOf, answerTables, questionLines } from '../../../examples/live/store-questions.js';
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
    expect(questionLines(answersOf(store))).to.deep.equal([
      'asked   the busiest minute: 1970-01-01T00:01Z, 13 events, most of them search',
      '        different data.client_id: at least 2',
      '        in this order within an hour: at least search 2 → buy 1 → view· 0',
    ]);
  });

  it('answers for the newest day, by session if no field names an actor', () => {
    const day = 86_400_000;
    store.append([anEvent({ id: 'a', timestamp: 0 }), anEvent({ id: 'b', timestamp: 2 * day }), anEvent({ id: 'c', timestamp: 2 * day })]);
    expect(questionLines(answersOf(store))).to.deep.equal([
      'asked   the busiest minute: 1970-01-03T00:00Z, 2 events, most of them feature_used',
      '        different sessionId: 1',
    ]);
  });

  it('has no answers for an empty store', () => {
    expect(questionLines(answersOf(store))).to.deep.equal([]);
    expect(answerTables(answersOf(store))).to.deep.equal([]);
  });

  it('has the same answers as tables', () => {
    const act = (user: string, type: string, timestamp: number) =>
      anEvent({ id: `${user} ${type} ${String(timestamp)}`, type, timestamp, data: { client_id: user } });
    store.append([act('a', 'search', 0), act('a', 'search', 60_000), act('b', 'search', 61_000), act('b', 'view', 62_000)]);
    expect(answerTables(answersOf(store))).to.deep.equal([
      {
        title: 'Stored events per minute',
        note: 'The last 2 minutes with events.',
        columns: ['minute', 'events', 'most of them'],
        rows: [
          { cells: ['1970-01-01T00:00Z', '1', 'search'], share: 1 / 3 },
          { cells: ['1970-01-01T00:01Z', '3', 'search'], share: 1 },
        ],
      },
      { title: 'Different data.client_id', columns: ['in the newest day', 'number'], rows: [{ cells: ['data.client_id', '2'] }] },
      {
        title: 'The most frequent types, one after the other',
        note: 'How many data.client_id had them in this order within an hour.',
        columns: ['type', 'data.client_id', 'share'],
        rows: [
          { cells: ['search', '2', '100 %'], share: 1 },
          { cells: ['view', '1', '50 %'], share: 0.5 },
        ],
      },
    ]);
    store.append([anEvent({ weight: 10 })]);
    expect(answerTables(answersOf(store))[1]?.note).to.equal('Sampled events are missing: a lower bound.');
  });
});
