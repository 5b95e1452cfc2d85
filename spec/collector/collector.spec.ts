import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';

describe('Collector.collectBatch', () => {
  it('collects in order, and counts every outcome', async () => {
    const collector = new EventCollector({ sinks: [], config: { overrides: { no: { enabled: false } } } });
    const seen: string[] = [];
    collector.events$.subscribe(({ type }) => seen.push(type));
    const outcomes = { accepted: 0, filtered: 0, sampled: 0, dropped: 0, invalid: 0, closed: 0 };
    expect(collector.collectBatch([])).to.deep.equal(outcomes);
    const given = [{ type: 'a' }, { type: 'no' }, { type: 'b' }, { type: '' }];
    expect(collector.collectBatch(given)).to.deep.equal({ ...outcomes, accepted: 2, filtered: 1, invalid: 1 });
    expect(seen).to.deep.equal(['a', 'b']);
    await collector.shutdown();
    expect(collector.collectBatch(given)).to.deep.equal({ ...outcomes, closed: 4 });
  });
});

describe('The options of EventCollector', () => {
  it('name the expected values', () => {
    const refused: [options: object, message: string][] = [
      [{ enrichers: [() => null, 1] }, 'Expected `enrichers` to be a function or an array of functions'],
      [{ metadata: 1 }, 'Expected `metadata` to be an object or a function'],
      [{ stages: [1] }, 'Expected `stages` to be an array of functions'],
    ];
    for (const [options, message] of refused) expect(() => new EventCollector(options)).to.throw(TypeError, message);
  });

  it('accept defaults for events', () => {
    const collector = new EventCollector({ sinks: [], eventDefaults: { a: { category: 'error' } } });
    const seen: string[] = [];
    collector.events$.subscribe(({ category }) => seen.push(category));
    collector.collect({ type: 'a' });
    expect(seen).to.deep.equal(['error']);
  });
});
