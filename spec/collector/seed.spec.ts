import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { EventBuilder } from '../../lib/event/event-builder.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';

describe("the seed's tests", () => {
  it('creates a collector that has received nothing', () => {
    const collector = new EventCollector();
    expect(expectBalanced(collector).eventsReceived).to.equal(0);
  });

  it('collects and flushes one batch of one event', async () => {
    const collector = new EventCollector();
    const sink = new MemorySink();
    collector.registerSink(sink);
    expect(collector.collect(new EventBuilder('mission_created').usageData('mission', 'create', true).build())).to.equal('accepted');
    await collector.flush();
    const batches = sink.getEvents();
    expect(batches).to.have.length(1);
    expect(batches[0]?.events).to.have.length(1);
    expectBalanced(collector);
  });

  it('adds its session to an event without one', async () => {
    const collector = new EventCollector();
    const sink = new MemorySink();
    collector.registerSink(sink);
    const event = new EventBuilder('session_started').build();
    expect(event.sessionId).to.equal(undefined);
    collector.collect(event);
    await collector.flush();
    expect(sink.events[0]?.sessionId).to.equal(collector.sessionId);
    expectBalanced(collector);
  });

  it("shows a live subscriber the event, under the caller's id", () => {
    const collector = new EventCollector();
    const ids: string[] = [];
    collector.subscribe(({ id }) => ids.push(id));
    const event = new EventBuilder('feature_used').usageData('test', 'action', true).build();
    collector.collect(event);
    expect(ids).to.deep.equal([event.id]);
    expectBalanced(collector);
  });

  it('counts every offered event, even if it is sampled out', async () => {
    const collector = new EventCollector();
    const sink = new MemorySink();
    collector.registerSink(sink);
    for (let count = 0; count < 100; count += 1) {
      collector.collect(new EventBuilder('response_latency').performanceData('latency', 100, 'ms').build());
    }
    await collector.flush();
    expect(expectBalanced(collector).eventsReceived).to.equal(100);
  });
});
