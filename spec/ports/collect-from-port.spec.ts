import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { collectFromPort, type PortIntake } from '../../lib/ports/collect-from-port.js';
import type { Reply, Request } from '../../lib/ports/port-messages.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { TestPort } from '../support/test-port.js';
import { VirtualClock } from '../support/virtual-clock.js';

const OUTCOMES = { accepted: 0, filtered: 0, sampled: 0, dropped: 0, invalid: 0, closed: 0 };
const EVENT = { type: 'feature_used' };

/** Counts as a thread without shared memory sends them. */
const copyOf = (accepted: number, gone = 0): Float64Array => Float64Array.of(accepted, gone);

function sharedTally(accepted: number): Float64Array {
  const tally = new Float64Array(new SharedArrayBuffer(16));
  tally[0] = accepted;
  return tally;
}

describe('collectFromPort', () => {
  let port: TestPort<Reply>;
  let sink: MemorySink;
  let collector: EventCollector;
  let intake: PortIntake;

  beforeEach(() => {
    port = new TestPort();
    sink = new MemorySink();
    collector = new EventCollector({ sinks: [sink], scheduler: new VirtualClock() });
    intake = collectFromPort(collector, port);
  });

  /** Receives events, and waits for the reply, unless the collector has no room. */
  async function receive(id: string, events: readonly unknown[], tally: readonly number[] = [0, 0], from = 'a'): Promise<void> {
    port.receive({ kind: 'events', from, id, events, tally });
    await setImmediate();
  }

  it('collects the events in order, and replies once the collector has accepted them', async () => {
    await receive('1', [{ type: 'a' }, { type: 'b' }]);
    await receive('2', [{ type: 'c' }]);
    await collector.flush();
    expect(sink.events.map(({ type }) => type)).to.deep.equal(['a', 'b', 'c']);
    expect(port.sent.map((reply) => ({ ...reply, mark: undefined }))).to.deep.equal([
      { kind: 'taken', id: '1', refused: [], mark: undefined },
      { kind: 'taken', id: '2', refused: [], mark: undefined },
    ]);
  });

  it('counts an invalid event, and collects the others', async () => {
    await receive('1', [null, EVENT, 5, { type: 1 }]);
    expect(port.sent).to.have.length(1);
    expect(intake.stats()).to.deep.include({ received: 4, outcomes: { ...OUTCOMES, accepted: 1, invalid: 3 } });
  });

  it('flushes the collector within the time of the request, and replies with its report', async () => {
    await receive('1', [EVENT]);
    port.receive({ kind: 'flush', from: 'a', id: '2', timeoutMs: 100 });
    await setImmediate();
    expect(sink.events).to.have.length(1);
    expect(port.sent[1]).to.deep.include({ kind: 'flushed', id: '2' }).and.to.have.nested.property('report.sinks.memory.delivered', 1);
  });

  it('ignores messages of others, and ones that are incomplete', async () => {
    port.emit('message', { kind: 'events', from: 'a', id: '1', events: [EVENT], tally: [] });
    port.receive({ kind: 'events', from: 'a', id: '1' } as unknown as Request);
    port.receive({ kind: 'taken', id: '1', refused: [] });
    await setImmediate();
    expect([port.sent, intake.stats().received]).to.deep.equal([[], 0]);
  });

  describe('counts', () => {
    it('are those of the last message of each side, added', async () => {
      port.receive({ kind: 'hello', from: 'a', tally: copyOf(1) });
      port.receive({ kind: 'hello', from: 'b', tally: copyOf(4, 1) });
      await receive('1', [EVENT], [2, 1]);
      expect(intake.stats()).to.deep.include({ accepted: 6, gone: 2, received: 1, lost: 0 });
    });

    it('are read from shared memory, if there is any, at each call', async () => {
      const tally = sharedTally(1);
      port.receive({ kind: 'hello', from: 'a', tally });
      await receive('1', [EVENT], [1, 0]);
      tally.set([5, 2]);
      expect(intake.stats()).to.deep.include({ accepted: 5, gone: 2, received: 1, lost: 0 });
    });

    it('have the lost events after the end of the other side, and no other time', async () => {
      port.receive({ kind: 'hello', from: 'a', tally: sharedTally(5) });
      await receive('1', [EVENT, EVENT]);
      expect(intake.stats().lost).to.equal(0);
      port.emit('exit', 1);
      expect(intake.stats().lost).to.equal(3);
      expect(await intake.ended).to.deep.include({ accepted: 5, received: 2, lost: 3 });
      expect(port.listening).to.equal(0);
    });

    it('are a copy that the caller may change', () => {
      Object.assign(intake.stats().outcomes, { accepted: 5 });
      expect(intake.stats().outcomes).to.deep.equal(OUTCOMES);
    });
  });

  describe('at its end', () => {
    it('tells the other side once that it has stopped, and listens no longer', async () => {
      intake.unsubscribe();
      intake.unsubscribe();
      await collector.shutdown();
      await receive('1', [EVENT]);
      expect(port.sent.map(({ kind }) => kind)).to.deep.equal(['closed']);
      expect([port.listening, intake.stats().received]).to.deep.equal([0, 0]);
    });

    it('tells nothing if the other side has ended before', async () => {
      port.emit('close');
      await collector.shutdown();
      intake.unsubscribe();
      expect(port.sent).to.deep.equal([]);
    });

    it('names the requests that it still answers, and counts their refused events as not received', async () => {
      const clock = new VirtualClock();
      const small = new EventCollector({
        sinks: [{ name: 'stuck', process: () => new Promise(() => undefined) }],
        lane: { overflow: 'block', maxEvents: 1 },
        config: { batch: { maxCount: 1 } },
        scheduler: clock,
      });
      const other = new TestPort<Reply>();
      const from = collectFromPort(small, other);
      for (const id of ['1', '2']) other.receive({ kind: 'events', from: 'a', id, events: [EVENT], tally: [2, 0] });
      await setImmediate();
      expect(other.sent.map((reply) => 'id' in reply && reply.id)).to.deep.equal(['1']);
      from.unsubscribe();
      expect(other.sent.at(-1)).to.deep.include({ kind: 'closed', inHand: ['2'] });
      const ending = small.shutdown({ timeoutMs: 1 });
      clock.pass(1);
      await ending;
      await setImmediate();
      expect(other.sent.at(-1)).to.deep.include({ kind: 'taken', id: '2', refused: [0] });
      expect(from.stats()).to.deep.include({ received: 1, outcomes: { ...OUTCOMES, accepted: 1, closed: 1 } });
    });

    it('has come before it begins if the collector is shut down', async () => {
      await collector.shutdown();
      const late = new TestPort<Reply>();
      expect(await collectFromPort(collector, late).ended).to.deep.equal({
        accepted: 0,
        gone: 0,
        received: 0,
        outcomes: OUTCOMES,
        lost: 0,
      });
      expect([late.sent.map(({ kind }) => kind), late.listening]).to.deep.equal([['closed'], 0]);
    });
  });
});
