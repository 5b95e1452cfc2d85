import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { globalCollector, initGlobalCollector, trackEvent } from '../../lib/collector/global-collector.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';

describe('the global collector', () => {
  afterEach(() => globalCollector()?.shutdown());

  it('is undefined until it is created, and then shared', () => {
    expect(globalCollector()).to.equal(undefined);
    expect(trackEvent('feature_used')).to.equal(undefined);
    const collector = initGlobalCollector({ sinks: [] });
    expect(globalCollector()).to.equal(collector);
    expect(trackEvent('feature_used', { feature: 'search' })).to.equal('accepted');
    expect(collector.stats().eventsReceived).to.equal(1);
  });

  it('stays the same, and reports a second call', () => {
    const first = initGlobalCollector(() => new EventCollector({ sinks: [new MemorySink()] }));
    const types: string[] = [];
    first.diagnostics$.subscribe(({ type }) => types.push(type));
    expect(initGlobalCollector({ sinks: [] })).to.equal(first);
    expect(types).to.deep.equal(['global_collector_exists']);
  });

  it('frees the place at its shutdown', async () => {
    await initGlobalCollector({ sinks: [] }).shutdown();
    expect(globalCollector()).to.equal(undefined);
    expect(initGlobalCollector({ sinks: [] })).to.be.instanceOf(EventCollector);
  });

  it('is shared with another copy of the package', async () => {
    const first = initGlobalCollector({ sinks: [] });
    const copy = (await import(`../../lib/collector/global-collector.js?copy=${String(Date.now())}`)) as {
      globalCollector: typeof globalCollector;
    };
    expect(copy.globalCollector()).to.equal(first);
  });
});
