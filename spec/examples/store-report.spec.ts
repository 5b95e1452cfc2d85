import { expect } from 'chai';
import { storeLines } from '../../examples/live/store-report.js';
import { openEventStore, type EventStore } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';
import { anySqlite } from '../support/sqlite-drivers.js';

describe("examples/live: the store's report", () => {
  let store: EventStore;

  before(function () {
    anySqlite(this);
  });

  beforeEach(() => {
    store = openEventStore({ path: ':memory:' });
  });

  afterEach(() => {
    store.close();
  });

  it('lists the heaviest types with their weights, and percentiles of performance values', () => {
    const timing = { category: 'performance', type: 'response_latency' } as const;
    store.append([
      ...Array.from({ length: 1_500 }, (_, index) =>
        anEvent({ id: `t${String(index)}`, ...timing, timestamp: index, data: { value: index + 0.5 } }),
      ),
      anEvent({ id: 'a', type: 'click\u001b[31m', weight: 2_000 }),
      anEvent({ id: 'b', type: 'scroll' }),
    ]);
    store.append([anEvent({ id: 'b', type: 'scroll' })]);
    const lines = storeLines(store);
    expect(lines[0]).to.match(/^stored {2}1,502 events, \d\.\d MB; 1 were there already$/);
    expect(lines.slice(1)).to.deep.equal([
      '        from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.499Z',
      '        they stand for about 3,501',
      '          1  click·[31m, for about 2,000',
      '      1,500  response_latency',
      '          1  scroll',
      '        p50        p99',
      '      749.5      1,485  response_latency',
    ]);
  });

  it('reports an empty store', () => {
    expect(storeLines(store)).to.deep.equal(['stored  0 events, 0.0 MB']);
  });
});
