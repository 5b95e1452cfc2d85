import { expect } from 'chai';
import { map } from 'rxjs';
import { createCollector } from '../../lib/collector/collector.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { EventInput } from '../../lib/event/event.js';
import { followerOf } from '../../lib/features/follow-event.js';
import type { Settlement } from '../../lib/features/settlement.js';
import { withSettlements } from '../../lib/features/with-settlements.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { sinkOf } from '../support/sink-of.js';

describe('followerOf', () => {
  const inputs: EventInput[] = [{ type: 'kept' }, { type: 'refused' }, { type: '' }, { type: 'late' }];
  const aSink = () =>
    sinkOf(({ events }) => {
      const failed = events.filter(({ type }) => type === 'refused');
      if (failed.length > 0) throw new SinkError('rejected', 'no', { failed });
    });
  const collectors = {
    createCollector: () => createCollector({ sinks: [aSink()] }, withSettlements()),
    EventCollector: () => new EventCollector({ sinks: [aSink()] }),
  };

  for (const [name, create] of Object.entries(collectors)) {
    it(`passes the settlements that \`collectTracked\` promises, by a collector of ${name}`, async () => {
      const settle = async (collect: (collector: ReturnType<typeof create>, input: EventInput) => Promise<Settlement>) => {
        const collector = create();
        const settled = inputs.slice(0, -1).map((input) => collect(collector, input));
        await collector.shutdown();
        const last = inputs.slice(-1).map((input) => collect(collector, input));
        return Promise.all([...settled, ...last]);
      };
      const promised = await settle((collector, input) => collector.collectTracked(input));
      const followed = await settle((collector, input) => {
        const follow = followerOf(collector);
        return new Promise((onSettled) => follow?.(input, { onSettled }));
      });
      expect(promised.map(({ outcome, sinks }) => [outcome, sinks['sink']])).to.deep.equal([
        ['accepted', 'delivered'],
        ['accepted', 'failed'],
        ['invalid', undefined],
        ['closed', undefined],
      ]);
      expect(followed).to.deep.equal(promised);
    });
  }

  it('calls the listener once, with any outcome', async () => {
    const unreadable = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const collector = new EventCollector({
      sinks: [aSink()],
      enrichers: [(event) => (event.type === 'filtered' ? null : event)],
      config: { batch: { maxBytes: 1_000 } },
      // No JSON: it is in no batch, and its settlement precedes the outcome of its call.
      stages: [map((event) => (event.type === 'unreadable' ? { ...event, data: unreadable } : event))],
    });
    const calls: [type: string, outcome: string][] = [];
    const follow = (type: string): void => followerOf(collector)?.({ type }, { onSettled: ({ outcome }) => calls.push([type, outcome]) });
    for (const type of ['kept', 'refused', 'filtered', 'unreadable', '']) follow(type);
    await collector.shutdown();
    follow('late');
    expect(calls.sort()).to.deep.equal([
      ['', 'invalid'],
      ['filtered', 'filtered'],
      ['kept', 'accepted'],
      ['late', 'closed'],
      ['refused', 'accepted'],
      ['unreadable', 'accepted'],
    ]);
  });

  it('is undefined for a collector whose `collectTracked` is not that of the library', async () => {
    class Own extends EventCollector {
      override collectTracked(event: EventInput): Promise<Settlement> {
        return super.collectTracked({ ...event, priority: 'critical' });
      }
    }
    const collector = new EventCollector({ sinks: [new MemorySink()] });
    const own = new Own();
    const patched = createCollector({}, withSettlements());
    expect(followerOf(patched)).to.be.a('function');
    patched.collectTracked = patched.collectTracked.bind(undefined);
    expect(
      [
        own,
        patched,
        new Proxy(collector, {}),
        Object.create(collector) as EventCollector,
        { collectTracked: (event: EventInput) => collector.collectTracked(event) },
      ].map(followerOf),
    ).to.deep.equal([undefined, undefined, undefined, undefined, undefined]);
    await Promise.all([collector, own, patched].map((each) => each.shutdown()));
  });
});
