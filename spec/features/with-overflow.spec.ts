import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { createCollector } from '../../lib/collector/collector.js';
import { blocking, byPriority, withOverflow } from '../../lib/features/with-overflow.js';
import { expectBalanced } from '../support/books.js';
import { fitted } from '../support/fitted.js';

const hanging = { name: 'hanging', process: () => NEVER };
const lane = { maxEvents: 3, timeoutMs: Infinity };

describe('withOverflow', () => {
  it('makes the first policy the default: byPriority drops the lowest priority', () => {
    const dropped: unknown[] = [];
    fitted({ sinks: [hanging], lane, batch: { maxCount: 1 } }, [withOverflow(byPriority(), blocking())], ({ collector }) => {
      collector.deliveries$.subscribe(({ status, batch }) => dropped.push([status, batch.events.map(({ data }) => data)]));
      for (const [data, priority] of Object.entries({ a: 'normal', b: 'high', c: 'low', d: 'normal' } as const))
        collector.collect({ type: 'x', data, priority });
    });
    expect(dropped).to.deep.equal([['dropped', ['c']]]);
  });

  it('leaves priorities out of account in a lane with another policy', () => {
    const dropped: unknown[] = [];
    const oldest = { ...lane, overflow: 'drop_oldest' } as const;
    fitted({ sinks: [hanging], lane: oldest, batch: { maxCount: 1 } }, [withOverflow(byPriority())], ({ collector }) => {
      collector.deliveries$.subscribe(({ batch }) => dropped.push(batch.events.map(({ data }) => data)));
      for (const [data, priority] of Object.entries({ a: 'normal', b: 'high', c: 'low', d: 'normal' } as const))
        collector.collect({ type: 'x', data, priority });
    });
    expect(dropped).to.deep.equal([['b']]);
  });

  it('blocking refuses immediately, and collectAsync waits for capacity', async () => {
    let finish: (() => void) | undefined;
    const sink = { name: 'slow', process: () => new Promise<void>((resolve) => (finish = resolve)) };
    const collector = createCollector({ sinks: [sink], lane: { maxEvents: 1 }, batch: { maxCount: 1 } }, withOverflow(blocking()));
    expect([collector.track('a'), collector.track('b')]).to.deep.equal(['accepted', 'dropped']);
    const waiting = collector.collectAsync({ type: 'c' });
    expectBalanced(collector);
    finish?.();
    expect(await waiting).to.equal('accepted');
    finish?.();
    await collector.shutdown({ timeoutMs: 1_000 });
    expect(expectBalanced(collector).dropped.backpressure).to.equal(1);
  });

  it('without it, a lane drops the oldest, and its policies are unknown', () => {
    const dropped: unknown[] = [];
    fitted({ sinks: [hanging], lane, batch: { maxCount: 1 } }, [], ({ collector }) => {
      collector.deliveries$.subscribe(({ batch }) => dropped.push(batch.events.map(({ data }) => data)));
      for (const data of 'abcd') collector.collect({ type: 'x', data });
    });
    // The first is in flight, and never evicted.
    expect(dropped).to.deep.equal([['b']]);
    expect(() => createCollector({ lane: { overflow: 'block' } })).to.throw(TypeError, "one of 'drop_oldest', 'drop_newest'");
    expect(() => createCollector({ lane: { overflow: 'block' } }, withOverflow(byPriority()))).to.throw(TypeError, 'drop_lowest_priority');
  });
});
