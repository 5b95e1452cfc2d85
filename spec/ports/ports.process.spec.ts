import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { concat, defer, of, Subject, timer, type Observable } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { eventJson } from '../../lib/event/event-json.js';
import type { DeadLetter } from '../../lib/lane/delivery.js';
import { collectFromPort, type PortStats } from '../../lib/ports/collect-from-port.js';
import type { MessagePortLike } from '../../lib/ports/message-port.js';
import { portCollector, type PortCollectorOptions } from '../../lib/ports/port-collector.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import type { CollectorStats } from '../../lib/ledger/ledger.js';
import { expectBalanced, expectBalancedStats } from '../support/books.js';
import { HOUR_MS, VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/until.js';

const PROGRAM = new URL('../support/programs/port-worker.ts', import.meta.url).href;

/** A port as browsers have it: an event target, and no emitter. */
function webPort(port: InstanceType<typeof MessageChannel>['port1']): MessagePortLike {
  return {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    addEventListener: (type: string, listener: (event: Event) => void) => port.addEventListener(type, listener),
    removeEventListener: (type: string, listener: (event: Event) => void) => port.removeEventListener(type, listener),
  } as MessagePortLike;
}

const identity = (port: InstanceType<typeof MessageChannel>['port1']): MessagePortLike => port;

/** A collector, and one whose events it gets over a channel; `done` closes both and checks their books. */
function pair(
  main: EventCollector,
  options: PortCollectorOptions = {},
  shape: (port: InstanceType<typeof MessageChannel>['port1']) => MessagePortLike = identity,
) {
  const { port1, port2 } = new MessageChannel();
  const intake = collectFromPort(main, shape(port1));
  const remote = portCollector(shape(port2), options);
  const done = async (): Promise<PortStats> => {
    await remote.shutdown();
    await main.shutdown();
    expectBalanced(remote);
    expectBalanced(main);
    const stats = await intake.ended;
    expect(stats.accepted).to.equal(stats.gone + stats.received + stats.lost);
    port1.close();
    return stats;
  };
  return { intake, remote, done, port1, port2 };
}

/** An object whose property `what` throws until it is deleted. */
const unreadable = (): { what?: unknown } =>
  Object.defineProperty({}, 'what', {
    enumerable: true,
    configurable: true,
    get: () => {
      throw new Error('unreadable');
    },
  });

for (const [kind, shape] of [
  ['Node', identity],
  ['web', webPort],
] as const) {
  describe(`a pair of ${kind} ports`, () => {
    it('carries events over, with ids, times and order', async () => {
      const sink = new MemorySink();
      const { remote, done } = pair(new EventCollector({ sinks: [sink] }), {}, shape);
      const captured: AnalyticsEvent[] = [];
      remote.subscribe((event) => captured.push(event));
      for (let n = 0; n < 250; n += 1) expect(remote.track('feature_used', n)).to.equal('accepted');
      const { received, outcomes, lost } = await done();
      expect([received, outcomes.accepted, lost]).to.deep.equal([250, 250, 0]);
      expect(sink.events.map(({ id, timestamp, data }) => [id, timestamp, data])).to.deep.equal(
        captured.map(({ id, timestamp, data }) => [id, timestamp, data]),
      );
    });
  });
}

describe('portCollector', () => {
  it("uses session, metadata and policy of the other side, except for the caller's values", async () => {
    const sink = new MemorySink();
    const main = new EventCollector({ sinks: [sink], metadata: { locale: 'tlh', appVersion: '2' }, config: { privacyLevel: 'minimal' } });
    const { remote, done } = pair(main);
    remote.track('feature_used');
    remote.collect({ type: 'error_occurred' });
    remote.collect({ type: 'panic_caught', sessionId: 'own', metadata: { appVersion: '3', thread: 1 } });
    const { outcomes } = await done();
    expect(outcomes).to.deep.include({ accepted: 2, filtered: 1 });
    const [first, second] = sink.events;
    expect(first).to.deep.include({ type: 'error_occurred', sessionId: main.sessionId });
    expect(first?.metadata).to.deep.include({ locale: 'tlh', appVersion: '2' });
    expect(second).to.deep.include({ sessionId: 'own' });
    expect(second?.metadata).to.deep.include({ locale: 'tlh', appVersion: '3', thread: 1 });
  });

  it('keeps no event back for its category, priority or rate', async () => {
    const { remote, done } = pair(new EventCollector({ sinks: [] }));
    for (let n = 0; n < 100; n += 1) expect(remote.collect({ type: 'cpu_usage', priority: 'low' })).to.equal('accepted');
    expect(remote.collect({ type: 'system_started', priority: 'low' })).to.equal('accepted');
    expect(remote.collect({ type: 'auth_attempted' })).to.equal('accepted');
    expect((await done()).received).to.equal(102);
  });

  it('flushes the other end, too, and reports its sinks', async () => {
    const sink = new MemorySink();
    const { remote, done } = pair(new EventCollector({ sinks: [sink] }));
    remote.track('feature_used');
    const report = await remote.flush();
    expect(sink.events).to.have.length(1);
    expect(report).to.deep.equal({
      timedOut: false,
      held: 0,
      inStages: 0,
      sinks: {
        memory: { delivered: 1, failed: 0, dropped: 0, pending: 0 },
        port: { delivered: 1, failed: 0, dropped: 0, pending: 0 },
      },
    });
    await done();
  });

  it('ends a flush that the other side never answers', async () => {
    const { port1, port2 } = new MessageChannel();
    const remote = portCollector(port2);
    port1.on('message', ({ kind, id }: { kind: string; id: number }) => {
      if (kind === 'events') port1.postMessage({ mark: 'rx-event-collector/port@1', kind: 'taken', id, refused: [] });
    });
    remote.track('feature_used');
    const { timedOut, sinks } = await remote.flush({ timeoutMs: 30 });
    expect([timedOut, sinks['port']?.delivered]).to.deep.equal([true, 1]);
    await remote.shutdown({ timeoutMs: 30 });
    port1.close();
    expectBalanced(remote);
  });

  for (const [name, stepMs] of [
    ['set back', -HOUR_MS],
    ['set forward', HOUR_MS],
  ] as const) {
    it(`flushes the other end within its time when the wall clock is ${name} meanwhile`, async () => {
      const clock = new VirtualClock();
      const { port1, port2 } = new MessageChannel();
      const remote = portCollector(port2, { scheduler: clock });
      const asked: string[] = [];
      port1.on('message', ({ kind, id, timeoutMs }: { kind: string; id: number; timeoutMs?: number }) => {
        asked.push(timeoutMs === undefined ? kind : `${kind} ${String(timeoutMs)}`);
        if (kind !== 'events') return;
        clock.step(stepMs);
        port1.postMessage({ mark: 'rx-event-collector/port@1', kind: 'taken', id, refused: [] });
      });
      remote.track('feature_used');
      const flushed = remote.flush({ timeoutMs: 5_000 });
      await until(() => asked.includes('flush 5000'));
      // What looks like a gap, and then the time for reading answers.
      for (const ms of [5_000, 5_000, 50]) clock.pass(ms);
      expect(await flushed).to.deep.include({ timedOut: true });
      const end = remote.shutdown({ timeoutMs: 5_000 });
      clock.pass(5_000);
      await end;
      port1.close();
    });
  }

  it('has flushed all there is once the other end has shut down', async () => {
    const collector = new EventCollector({ sinks: [new MemorySink()] });
    const { remote, done } = pair(collector);
    remote.track('feature_used');
    await remote.flush();
    await collector.shutdown();
    remote.track('feature_used');
    expect(await remote.flush()).to.deep.equal({
      timedOut: false,
      held: 0,
      inStages: 0,
      sinks: { port: { delivered: 1, failed: 1, dropped: 0, pending: 0 } },
    });
    await done();
  });

  it('is refused where the other end has no room, and waits until it has', async () => {
    const answers: Subject<never>[] = [];
    const slow = {
      name: 'slow',
      process: (): Observable<never> => {
        const answer = new Subject<never>();
        answers.push(answer);
        return answer;
      },
    };
    const main = new EventCollector({ sinks: [slow], lane: { overflow: 'block', maxEvents: 2 }, config: { batch: { maxCount: 1 } } });
    const { remote, done } = pair(main, { maxCount: 1, maxEvents: 3 });
    const outcomes = Array.from({ length: 5 }, (_, n) => remote.track('feature_used', n));
    expect(outcomes).to.deep.equal(['accepted', 'accepted', 'accepted', 'dropped', 'dropped']);
    await until(() => remote.stats().sinks['port']?.delivered === 2);
    expect(main.stats().sinks['slow']?.pending).to.equal(2);
    expect(remote.track('feature_used', 5)).to.equal('accepted');
    expect(remote.track('feature_used', 6)).to.equal('accepted');
    expect(remote.track('feature_used', 7)).to.equal('dropped');
    const waits = remote.collectAsync({ type: 'feature_used', data: 8 });
    const answering = timer(0, 1).subscribe(() => answers.shift()?.complete());
    expect(await waits).to.equal('accepted');
    expect((await done()).received).to.equal(6);
    answering.unsubscribe();
  });

  it('fails only events that cannot be read', async () => {
    const sink = new MemorySink();
    const { remote, done } = pair(new EventCollector({ sinks: [sink] }));
    const dead: unknown[] = [];
    remote.deadLetters$.subscribe(({ batch, error }) => dead.push(...batch.events.map(({ type }) => type), error.kind));
    remote.track('a');
    remote.track('b', unreadable());
    remote.track('c');
    remote.collect({ type: 'd', metadata: { cart: unreadable() } });
    const { gone, received } = await done();
    expect([gone, received]).to.deep.equal([2, 2]);
    expect(dead).to.deep.equal(['b', 'd', 'rejected']);
    expect(sink.events.map(({ type }) => type)).to.deep.equal(['a', 'c']);
  });

  const circular: Record<string, unknown> = { name: 'order' };
  circular['self'] = circular;
  class Money {
    readonly #cents = 150;
    toJSON(): string {
      return `${String(this.#cents / 100)} EUR`;
    }
  }
  const error = Object.assign(new TypeError('declined', { cause: new RangeError('no funds') }), { code: 'E_FUNDS', retry: () => 1 });
  for (const [title, value, expected] of [
    ['a function', { on: () => 'a function', n: 1 }, { n: 1 }],
    ['a symbol', { [Symbol('key')]: 1, kind: Symbol('kind'), n: 1 }, { n: 1 }],
    ['a Map of functions', new Map([['on', () => 1]]), {}],
    ['a Map', new Map([['apple', 2]]), { apple: 2 }],
    ['a Set', new Set(['new']), ['new']],
    ['a BigInt', 2n ** 64n, '18446744073709551616'],
    ['bytes', new Uint8Array([82, 88]), 'Ulg='],
    ['a URL', new URL('https://example.org/a'), 'https://example.org/a'],
    ['a pattern', /^a/i, '/^a/i'],
    ['an object with toJSON', { price: new Money() }, { price: '1.5 EUR' }],
    ['a cycle', circular, { name: 'order', self: '[Circular]' }],
    ['a Promise', { later: Promise.resolve(1) }, { later: {} }],
    ['a Proxy', new Proxy({ n: 1 }, {}), { n: 1 }],
    ['a Proxy in an array', [new Proxy({ n: 1 }, {})], [{ n: 1 }]],
    ['a getter of a function', Object.defineProperty({}, 'on', { enumerable: true, get: () => () => 1 }), {}],
  ] as const) {
    it(`carries values by the table of docs/values.md: ${title}`, async () => {
      const sink = new MemorySink();
      const { remote, done } = pair(new EventCollector({ sinks: [sink] }));
      remote.track('before');
      remote.collect({ type: 'odd', data: { value }, metadata: { value } });
      remote.track('after');
      const { gone, received } = await done();
      expect({ gone, received }).to.deep.equal({ gone: 0, received: 3 });
      expect(sink.events.map(({ type }) => type)).to.deep.equal(['before', 'odd', 'after']);
      const [, odd] = sink.events;
      expect(JSON.parse(eventJson(odd))).to.deep.include({ data: { value: expected } });
      expect(JSON.parse(JSON.stringify(odd?.metadata))).to.deep.include({ value: expected });
    });
  }

  it('carries errors with their causes and own fields', async () => {
    const sink = new MemorySink();
    const { remote, done } = pair(new EventCollector({ sinks: [sink] }));
    remote.track('payment_failed', { error });
    expect(await done()).to.deep.include({ gone: 0, received: 1 });
    const { data } = JSON.parse(eventJson(sink.events[0])) as { data: { error: object } };
    expect(data.error).to.deep.include({ name: 'TypeError', message: 'declined', stack: error.stack, code: 'E_FUNDS' });
    expect(data.error).to.have.nested.include({ 'cause.name': 'RangeError', 'cause.message': 'no funds' });
  });

  it('leaves plain data to the port, dates and lone surrogates included', async () => {
    const sink = new MemorySink();
    const { remote, done } = pair(new EventCollector({ sinks: [sink] }));
    const data = { at: new Date(0), note: 'cut off: \ud83d', list: [1, null, undefined, NaN], nested: { ok: true } };
    remote.track('plain', data);
    await done();
    expect(sink.events[0]?.data).to.deep.equal(data);
  });

  it('fails events after the end of the other collector', async () => {
    const main = new EventCollector({ sinks: [] });
    const { remote, done } = pair(main);
    remote.track('in time');
    await remote.flush();
    await main.shutdown();
    remote.track('too late');
    const { sinks } = await remote.shutdown();
    expect(sinks['port']).to.deep.equal({ delivered: 1, failed: 1, dropped: 0, pending: 0 });
    await done();
  });

  it('fails events in transit when the other side stops listening', async () => {
    const main = new EventCollector({ sinks: [] });
    const { intake, remote, done } = pair(main);
    remote.track('feature_used');
    intake.unsubscribe();
    expect((await remote.shutdown()).sinks['port']).to.deep.equal({ delivered: 0, failed: 1, dropped: 0, pending: 0 });
    await done();
  });

  /** A collector whose lane has room for three events until it is released, and ten that have come over a port. */
  async function crowded() {
    const sink = new MemorySink();
    const release = new Subject<never>();
    const slow: EventSink = {
      name: 'slow',
      process: (batch) =>
        concat(
          release,
          defer(() => of(sink.process(batch))),
        ),
    };
    const main = new EventCollector({ sinks: [slow], lane: { overflow: 'block', maxEvents: 3 }, config: { batch: { maxCount: 1 } } });
    const both = pair(main);
    const dead: unknown[] = [];
    both.remote.deadLetters$.subscribe(({ batch }) => dead.push(...batch.events.map(({ data }) => data)));
    for (let n = 0; n < 10; n += 1) both.remote.track('feature_used', n);
    both.remote.flush({ timeoutMs: 0 });
    await until(() => both.intake.stats().received === 10);
    return { ...both, main, dead, release, arrived: () => sink.events.map(({ data }) => data) };
  }

  it('receives the outcome of received events after the other side stops listening', async () => {
    const { intake, remote, done, dead, release, arrived } = await crowded();
    intake.unsubscribe();
    remote.track('feature_used', 10);
    release.complete();
    expect((await remote.shutdown()).sinks['port']).to.include({ delivered: 10, failed: 1 });
    await done();
    expect(intake.stats()).to.deep.include({ accepted: 11, gone: 1, received: 10, lost: 0 });
    expect(arrived()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(dead).to.deep.equal([10]);
  });

  it('counts each event once that the other side refuses at its shutdown', async () => {
    const { main, remote, done, dead, release, arrived } = await crowded();
    const ending = main.shutdown();
    for (let n = 10; n < 15; n += 1) remote.track('feature_used', n);
    remote.flush({ timeoutMs: 0 });
    await until(() => remote.stats().sinks['port']?.pending === 0);
    release.complete();
    await ending;
    const { accepted, gone, received, outcomes, lost } = await done();
    expect({ accepted, gone, received, lost }).to.deep.equal({ accepted: 15, gone: 12, received: 3, lost: 0 });
    expect(outcomes).to.include({ accepted: 3, closed: 12 });
    expect([...arrived(), ...dead]).to.have.members(Array.from({ length: 15 }, (_, n) => n));
  });

  it('shares a port with another collector', async () => {
    const sink = new MemorySink();
    const { intake, remote, done, port2 } = pair(new EventCollector({ sinks: [sink] }));
    const other = portCollector(port2);
    for (let n = 0; n < 10; n += 1) {
      remote.track('feature_used', n);
      other.track('feature_used', n);
    }
    // One asks for a flush under the number under which the other sends events.
    await Promise.all([remote.flush(), other.flush()]);
    remote.track('feature_used', 10);
    await Promise.all([other.shutdown(), remote.shutdown()]);
    expect(new Set(sink.events.map(({ id }) => id)).size).to.equal(21);
    expect(sink.events).to.have.length(21);
    expect(intake.stats()).to.deep.include({ accepted: 21, gone: 0, received: 21, lost: 0 });
    expectBalanced(other);
    await done();
  });

  it('reports the sinks of the other end at its shutdown, and is shut down once', async () => {
    const { remote, done } = pair(new EventCollector({ sinks: [new MemorySink()] }));
    remote.track('feature_used');
    const ending = remote.shutdown();
    expect(remote.shutdown()).to.equal(ending);
    const { sinks, timedOut } = await ending;
    expect(timedOut).to.equal(false);
    expect(sinks).to.deep.equal({
      memory: { delivered: 1, failed: 0, dropped: 0, pending: 0 },
      port: { delivered: 1, failed: 0, dropped: 0, pending: 0 },
    });
    await done();
  });

  it('subtracts redelivered events from its count of failures', async () => {
    const { intake, remote, done } = pair(new EventCollector({ sinks: [] }));
    const data: { what?: unknown } = unreadable();
    const dead: DeadLetter[] = [];
    remote.deadLetters$.subscribe((letter) => dead.push(letter));
    remote.collect({ type: 'feature_used', data });
    await remote.flush();
    await until(() => intake.stats().gone === 1);
    delete data.what;
    expect(remote.redeliver(dead[0] as DeadLetter)).to.equal(true);
    await remote.flush();
    expect(await done()).to.deep.include({ accepted: 1, gone: 0, received: 1, lost: 0 });
  });

  it('counts failures at the port on the other side, not those at its own sinks', async () => {
    const sink = new MemorySink();
    const { intake, remote, done } = pair(new EventCollector({ sinks: [sink] }));
    let isUp = false;
    const own: EventSink = {
      name: 'own',
      process: () => {
        if (!isUp) throw new SinkError('rejected', 'no');
      },
    };
    remote.registerSink(own);
    const letters: DeadLetter[] = [];
    remote.deadLetters$.subscribe((letter) => letters.push(letter));
    remote.track('feature_used');
    await remote.flush();
    expect(intake.stats()).to.include({ accepted: 1, gone: 0, received: 1 });
    isUp = true;
    expect(letters.map((letter) => remote.redeliver(letter))).to.deep.equal([true]);
    expect(await done()).to.include({ accepted: 1, gone: 0, received: 1 });
  });

  it('ignores messages of others on the port', async () => {
    const { remote, done, port2, intake } = pair(new EventCollector({ sinks: [] }));
    const from = 'someone';
    for (const content of [
      { kind: 'events' },
      { kind: 'events', from, id: '1', events: 'abc', tally: [0, 0] },
      { kind: 'events', from, id: '1', events: [], tally: null },
      { kind: 'hello' },
      { kind: 'hello', from, tally: null },
      { kind: 'flush', id: '1', timeoutMs: 'soon' },
      { kind: 'flush', id: '2', timeoutMs: -1 },
      { kind: 'flush', timeoutMs: 1 },
    ])
      port2.postMessage({ mark: 'rx-event-collector/port@1', ...content });
    remote.track('feature_used');
    await remote.flush();
    expect(intake.stats()).to.deep.include({ accepted: 1, received: 1 });
    await done();
  });

  it('leaves other messages on the port to others', async () => {
    const main = new EventCollector({ sinks: [] });
    const { remote, done, port2 } = pair(main);
    for (const foreign of [
      null,
      'events',
      { kind: 'events' },
      { mark: 'other', kind: 'events' },
      { mark: 'rx-event-collector/port@1', kind: 'x' },
    ])
      port2.postMessage(foreign);
    remote.track('feature_used');
    expect((await done()).received).to.equal(1);
  });

  it('refuses an invalid port and an invalid collector', () => {
    expect(() => collectFromPort({} as never, new MessageChannel().port1)).to.throw(
      TypeError,
      'Expected `collector` to be a collector, got an object',
    );
    const { port1 } = new MessageChannel();
    expect(() => portCollector(port1, 5 as never)).to.throw(TypeError, 'Expected `options` to be an object, got `5` (number)');
    expect(() => portCollector(port1, { maxcount: 5 } as object)).to.throw(
      TypeError,
      'Unknown option `maxcount`. Did you mean `maxCount`?',
    );
    expect(() => portCollector(port1, { maxAgeMs: -1 })).to.throw(TypeError, 'Expected `maxAgeMs`');
    expect(() => portCollector(port1, { overflow: 'wait' as never })).to.throw(TypeError, 'Expected `overflow`');
    expect(() => portCollector({} as MessagePortLike)).to.throw(
      TypeError,
      'Expected `port` to be a MessagePort or a Worker, got an object',
    );
    expect(() => collectFromPort(new EventCollector({ sinks: [] }), { postMessage: () => undefined })).to.throw(
      TypeError,
      'Expected `port`',
    );
  });
});

describe('worker threads', function () {
  this.timeout(120_000);

  const start = (program: string, count: number, thread = 0): Worker =>
    new Worker(`import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(PROGRAM)})))`, {
      eval: true,
      workerData: { program, count, thread },
    });

  /** DrainBarrier that the numbers of each thread come as 0, 1, 2, …: none missing, none twice, none out of order. */
  function watchOrder(main: EventCollector): { readonly arrived: Map<unknown, number>; readonly faults: string[] } {
    const arrived = new Map<unknown, number>();
    const faults: string[] = [];
    main.subscribe(({ data, metadata: { thread } }) => {
      const expected = arrived.get(thread) ?? 0;
      if (data !== expected) faults.push(`thread ${String(thread)}: ${String(data)} instead of ${String(expected)}`);
      arrived.set(thread, expected + 1);
    });
    return { arrived, faults };
  }

  it('pass on all events that 8 of them collect concurrently, in order, with balanced ledgers on every side', async () => {
    const THREADS = 8;
    const EACH = 100_000;
    const sinkTotal = { events: 0 };
    const main = new EventCollector({ sinks: [{ name: 'count', process: ({ events }) => void (sinkTotal.events += events.length) }] });
    const { arrived, faults } = watchOrder(main);
    const reports = await Promise.all(
      Array.from({ length: THREADS }, async (_, thread) => {
        const worker = start('all', EACH, thread);
        const intake = collectFromPort(main, worker);
        const remote = new Promise<CollectorStats>((resolve) => {
          worker.on('message', (message: { readonly stats?: CollectorStats }) => {
            if (message.stats !== undefined) resolve(message.stats);
          });
        });
        expect(await once(worker, 'exit')).to.deep.equal([0]);
        return { remote: await remote, here: await intake.ended };
      }),
    );
    await main.shutdown();
    expectBalanced(main);
    expect(faults).to.deep.equal([]);
    for (const { remote, here } of reports) {
      expectBalancedStats(remote);
      expect(remote.sinks['port']?.delivered).to.equal(EACH);
      expect(here).to.deep.include({ accepted: EACH, gone: 0, received: EACH, lost: 0 });
    }
    expect([...arrived.values()]).to.deep.equal(Array(THREADS).fill(EACH));
    expect(main.stats().eventsReceived).to.equal(THREADS * EACH);
    expect(sinkTotal.events).to.equal(THREADS * EACH);
  });

  it('lose no sent event when they are terminated, and the rest is counted', async () => {
    const main = new EventCollector({ sinks: [] });
    const { arrived, faults } = watchOrder(main);
    const worker = start('endless', Infinity);
    const intake = collectFromPort(main, worker);
    await until(() => intake.stats().received >= 5_000);
    await worker.terminate();
    const { accepted, gone, received, outcomes, lost } = await intake.ended;
    expect(received).to.equal(outcomes.accepted);
    expect(accepted).to.equal(gone + received + lost);
    expect(arrived.get(0)).to.equal(received);
    expect(faults).to.deep.equal([]);
    expect(main.stats().eventsReceived).to.equal(received);
    await main.shutdown();
    expectBalanced(main);
  });

  it('lose unsent events when they exit, and count them', async () => {
    const main = new EventCollector({ sinks: [] });
    const worker = start('exits', 150);
    const intake = collectFromPort(main, worker);
    expect(await once(worker, 'exit')).to.deep.equal([3]);
    expect(await intake.ended).to.deep.include({ accepted: 150, gone: 0, received: 100, lost: 50 });
    await main.shutdown();
    expectBalanced(main);
  });

  it('are not kept alive by a collector without awaited calls', async () => {
    const main = new EventCollector({ sinks: [] });
    const worker = start('idle', 1);
    const intake = collectFromPort(main, worker);
    expect(await once(worker, 'exit')).to.deep.equal([0]);
    expect(await intake.ended).to.deep.include({ accepted: 1, received: 0, lost: 1 });
    await main.shutdown();
    expectBalanced(main);
  });
});
