import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import { withByteLimit } from '../../lib/features/with-byte-limit.js';
import { withPolicy } from '../../lib/features/with-policy.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';

const unreadable = {
  toJSON() {
    throw new Error('no');
  },
};
const bytesOf = (events: readonly unknown[]): number => new TextEncoder().encode(JSON.stringify(events)).length;

describe('withByteLimit', () => {
  it('bounds batches by the exact bytes of their JSON', async () => {
    const sink = new MemorySink();
    const collector = createCollector({ sinks: [sink] }, withByteLimit(1_000));
    for (let index = 0; index < 10; index += 1) collector.track('feature_used', 'ä'.repeat(index * 5));
    await collector.shutdown();
    const sizes = sink.getEvents().map(({ events }) => bytesOf(events));
    expect(sizes.length).to.be.greaterThan(2);
    for (const size of sizes) expect(size).to.be.at.most(1_000);
    expect(sink.events).to.have.length(10);
    expectBalanced(collector);
  });

  it('rejects an event that fits no batch, and one without JSON', () => {
    const collector = createCollector({}, withByteLimit(500));
    expect([collector.track('a', 'x'.repeat(500)), collector.track('a', unreadable), collector.track('a')]).to.deep.equal([
      'dropped',
      'invalid',
      'accepted',
    ]);
    expect(expectBalanced(collector).dropped.too_large).to.equal(1);
  });

  it('is needed by `batch.maxBytes` of a configuration, wherever it is in the call; the smaller limit applies', () => {
    const config = { batch: { maxBytes: 400 } };
    const needs = '`batch.maxBytes` needs the feature `withByteLimit()`';
    const collectors = [
      createCollector({}, withPolicy(config), withByteLimit(800)),
      createCollector({}, withByteLimit(800), withPolicy(config)),
    ];
    for (const each of collectors) expect(each.track('feature_used', 'x'.repeat(300))).to.equal('dropped');
    expect(() => createCollector({}, withPolicy(config))).to.throw(TypeError, needs);
    const collector = createCollector({}, withPolicy());
    expect(() => {
      collector.updateConfig(config);
    }).to.throw(TypeError, needs);
    expect(collector.config.batch.maxBytes).to.equal(Infinity);
  });

  it('throws for an invalid limit', () => {
    expect(() => withByteLimit(1)).to.throw(TypeError, 'Expected `maxBytes` to be an integer ≥ 2 or Infinity, got `1`');
  });
});
