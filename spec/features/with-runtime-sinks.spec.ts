import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import { withPolicy } from '../../lib/features/with-policy.js';
import { withRuntimeSinks } from '../../lib/features/with-runtime-sinks.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';

describe('withRuntimeSinks', () => {
  it('holds events for the first sink, up to queue.maxEvents', async () => {
    const collector = createCollector({}, withRuntimeSinks(), withPolicy({ queue: { maxEvents: 2 } }));
    expect(['a', 'b', 'c'].map((data) => collector.track('feature_used', data))).to.deep.equal(['accepted', 'accepted', 'dropped']);
    expect(expectBalanced(collector)).to.include({ eventsBuffered: 2 });
    const sink = new MemorySink();
    collector.registerSink(sink);
    await collector.flush();
    expect(sink.events.map(({ data }) => data)).to.deep.equal(['a', 'b']);
    expect(expectBalanced(collector).dropped.no_sink).to.equal(1);
  });

  it('holds nothing if sinks were given, even none', () => {
    const collector = createCollector({ sinks: [] }, withRuntimeSinks());
    collector.track('a');
    expect(expectBalanced(collector)).to.include({ eventsBuffered: 0, eventsProcessed: 1 });
  });

  it('unregisters a sink once it has the open batch, and continues its ledger under the same name', async () => {
    const sink = new MemorySink();
    const collector = createCollector({ sinks: [sink] }, withRuntimeSinks());
    collector.track('a');
    expect((await collector.unregisterSink('memory')).sinks['memory']).to.include({ delivered: 1, pending: 0 });
    collector.registerSink(sink);
    collector.track('b');
    await collector.shutdown();
    expect(expectBalanced(collector).sinks['memory']).to.include({ offered: 2, delivered: 2 });
    expect(() => {
      collector.registerSink(new MemorySink({ name: 'late' }));
    }).to.throw(Error, 'shut down');
  });

  it('throws for a duplicate name and an invalid sink', () => {
    const collector = createCollector({ sinks: [new MemorySink()] }, withRuntimeSinks());
    expect(() => {
      collector.registerSink(new MemorySink());
    }).to.throw(Error, "Duplicate sink name 'memory'");
    expect(() => {
      collector.registerSink({} as never);
    }).to.throw(TypeError, 'Expected `sink` to be a sink');
  });
});
