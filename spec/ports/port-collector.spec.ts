import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { EventCollector } from '../../lib/collector/event-collector.js';
import type { FlushReport } from '../../lib/collector/flush-report.js';
import type { EventInput } from '../../lib/event/event.js';
import { portCollector, type PortCollectorOptions } from '../../lib/ports/port-collector.js';
import type { Request } from '../../lib/ports/port-messages.js';
import { TestPort } from '../support/test-port.js';
import { VirtualClock } from '../support/virtual-clock.js';

const EVENT = { type: 'feature_used' };

describe('portCollector', () => {
  let clock: VirtualClock;
  let port: TestPort<Request>;

  beforeEach(() => {
    clock = new VirtualClock();
    port = new TestPort();
  });

  const open = (options: PortCollectorOptions = {}): EventCollector => portCollector(port, { scheduler: clock, ...options });

  /** The messages with events, as lists of events. */
  const sent = (): EventInput[][] => port.sent.flatMap((each) => (each.kind === 'events' ? [each.events as EventInput[]] : []));

  /** Shared with the collector: accepted and gone. */
  function tally(): number[] {
    const [hello] = port.sent;
    return hello?.kind === 'hello' ? [...hello.tally] : expect.fail('no counts were sent');
  }

  /** Answers every message with events that has no answer yet. */
  async function take(refused: readonly number[] = []): Promise<void> {
    for (const { kind, id } of port.sent.splice(1) as { readonly kind: string; readonly id: string }[])
      if (kind === 'events') port.receive({ kind: 'taken', id, refused });
    await setImmediate();
  }

  it('sends at most `maxCount` events per message, and the rest after `maxAgeMs`', () => {
    const collector = open({ maxCount: 2, maxAgeMs: 50 });
    for (let count = 0; count < 5; count += 1) collector.collect(EVENT);
    expect(sent().map(({ length }) => length)).to.deep.equal([2, 2]);
    clock.pass(49);
    expect(sent()).to.have.length(2);
    clock.pass(1);
    expect(sent().map(({ length }) => length)).to.deep.equal([2, 2, 1]);
  });

  it('sends a session and metadata only if they are not those of every event here', () => {
    const collector = open({ maxCount: 1 });
    collector.collect(EVENT);
    collector.collect({ ...EVENT, sessionId: 'own', metadata: { thread: 1 } });
    const [[first] = [], [second] = []] = sent();
    expect([first?.sessionId, first?.metadata]).to.deep.equal([undefined, undefined]);
    expect([second?.sessionId, second?.metadata]).to.deep.equal(['own', { thread: 1 }]);
  });

  it('sends the session that it was given as an option', () => {
    open({ maxCount: 1, sessionId: 'given' }).collect(EVENT);
    expect(sent()[0]?.[0]?.sessionId).to.equal('given');
  });

  describe('counts as accepted', () => {
    it('each event, before it is sent', () => {
      const collector = open({ maxCount: 1 });
      const counts: number[] = [];
      const post = port.postMessage.bind(port);
      port.postMessage = (message) => {
        counts.push(tally()[0] ?? 0);
        post(message);
      };
      collector.track('feature_used');
      collector.collectBatch([EVENT, EVENT]);
      expect(counts).to.deep.equal([1, 2, 3]);
    });

    it('events that were collected with `collectAsync` or `collectTracked`', async () => {
      const collector = open();
      const outcome = await collector.collectAsync(EVENT);
      const settled = collector.collectTracked(EVENT);
      await setImmediate();
      expect([outcome, tally()]).to.deep.equal(['accepted', [2, 0]]);
      clock.pass(10);
      await take([1]);
      expect([await settled, tally()]).to.deep.equal([{ outcome: 'accepted', sinks: { port: 'failed' } }, [2, 1]]);
    });

    it('no event that is invalid, or for which there is no room', async () => {
      const collector = open({ maxEvents: 1 });
      const bad = { type: 5 } as unknown as EventInput;
      const outcomes = [collector.collect(EVENT), collector.collect(EVENT), collector.collect(bad), await collector.collectAsync(bad)];
      expect(outcomes).to.deep.equal(['accepted', 'dropped', 'invalid', 'invalid']);
      expect((await collector.collectTracked(bad)).outcome).to.equal('invalid');
      expect(tally()).to.deep.equal([1, 0]);
      expect(await collector.collectTracked(EVENT, { until: 'never' as never }).catch(() => 'rejected')).to.equal('rejected');
      expect(tally()).to.deep.equal([1, 0]);
    });
  });

  it('counts as gone what the other side refuses, and what the overflow drops', async () => {
    const collector = open({ maxEvents: 2, overflow: 'drop_oldest', maxCount: 1 });
    collector.collect(EVENT);
    await take([0]);
    expect(tally()).to.deep.equal([1, 1]);
    for (let count = 0; count < 3; count += 1) collector.collect(EVENT);
    expect(tally()[0]).to.equal(4);
    await take();
    expect(collector.stats().sinks.port).to.deep.include({ failed: 1, dropped: 1, pending: 0 });
    expect(tally()).to.deep.equal([4, 2]);
  });

  it('counts in memory of its own where none can be shared', () => {
    const { SharedArrayBuffer: shared } = globalThis;
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
    try {
      open({ maxCount: 1 }).collect(EVENT);
      const [hello, events] = port.sent;
      expect([hello, events].map((message) => message !== undefined && 'tally' in message && [...message.tally])).to.deep.equal([
        [0, 0],
        [1, 0],
      ]);
    } finally {
      Object.assign(globalThis, { SharedArrayBuffer: shared });
    }
  });

  describe('flush', () => {
    const report: FlushReport = { timedOut: false, held: 1, inStages: 0, sinks: {} };
    /** The last flush that was sent. */
    const asked = (): Extract<Request, { kind: 'flush' }> | undefined => {
      const last = port.sent.at(-1);
      return last?.kind === 'flush' ? last : undefined;
    };

    it('asks the other side for the rest of its time, and returns its report with the sinks of both', async () => {
      const collector = open();
      collector.collect(EVENT);
      const flushed = collector.flush({ timeoutMs: 100 });
      clock.pass(30);
      await take();
      const { id = '', timeoutMs } = asked() ?? {};
      expect(timeoutMs).to.be.within(0, 100);
      const memory = { delivered: 1, failed: 0, dropped: 0, pending: 0 };
      port.receive({ kind: 'flushed', id, report: { ...report, sinks: { memory } } });
      expect(await flushed).to.deep.equal({ ...report, sinks: { memory, port: memory } });
    });

    it('has timed out if the other side does not answer in time', async () => {
      const flushed = open().flush({ timeoutMs: 100 });
      await setImmediate();
      clock.pass(100);
      expect(await flushed).to.deep.include({ timedOut: true });
    });

    it('ends with its own report if the other side ends meanwhile', async () => {
      const flushed = open().flush({ timeoutMs: Infinity });
      await setImmediate();
      expect(asked()?.timeoutMs).to.equal(Infinity);
      port.emit('close');
      expect(await flushed).to.deep.include({ timedOut: false, held: 0 });
      expect(clock.timers).to.equal(0);
    });

    it('rejects for invalid options, and asks nothing', async () => {
      const thrown: unknown = await open()
        .flush({ timeoutMs: -1 })
        .catch((error: unknown) => error);
      expect(thrown).to.be.instanceOf(TypeError);
      expect(asked()).to.equal(undefined);
    });
  });

  it('refuses options that apply at the other side, and unknown ones', () => {
    for (const name of ['sinks', 'config', 'sampling', 'consent$', 'stages'])
      expect(() => open({ [name]: undefined }), name).to.throw(TypeError, `Unknown option \`${name}\``);
    expect(() => open({ maxCont: 1 } as object)).to.throw(TypeError, 'Did you mean `maxCount`?');
    expect(port.listening).to.equal(0);
  });

  it('refuses limits below 1, and a policy that does not exist', () => {
    for (const options of [{ maxCount: 0 }, { maxEvents: 0.5 }, { maxAgeMs: -1 }, { overflow: 'newest' }])
      expect(() => open(options as PortCollectorOptions)).to.throw(TypeError, `\`${Object.keys(options)[0] ?? ''}\``);
  });
});
