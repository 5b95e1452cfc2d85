import { expect } from 'chai';
import { BehaviorSubject, type Observable } from 'rxjs';
import { PageVisitor, type PageVisitorOptions } from '../../lib/browser/page-visitor.js';
import { readVisitor, visitorText, type StoredVisitor } from '../../lib/browser/stored-visitor.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { kernelOf, type Kernel } from '../../lib/collector/kernel.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import type { AnalyticsEvent, EventMetadata } from '../../lib/event/event.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';
import { MapStorage } from '../support/map-storage.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { CountingTarget } from './fake-page.js';

const KEY = 'visitor';
const IDLE_MS = 10_000;
const MAX_MS = 60_000;

describe('PageVisitor', () => {
  let clock: VirtualClock;
  let storage: MapStorage;

  beforeEach(() => {
    clock = new VirtualClock(0);
    storage = new MapStorage();
  });

  interface Made {
    readonly visitor: PageVisitor;
    readonly collector: EventCollector;
    readonly events: readonly AnalyticsEvent[];
  }

  const defaults = () => ({
    storage,
    key: KEY,
    sessionIdleMs: IDLE_MS,
    sessionMaxMs: MAX_MS,
    anonymousId: undefined,
    window: undefined,
  });

  function make(options: Partial<PageVisitorOptions> = {}, consent$?: Observable<ConsentState>): Made {
    const collector = new EventCollector({ sinks: [], scheduler: clock, newId: sequentialIds('id-'), ...(consent$ && { consent$ }) });
    const kernel = kernelOf(collector) as Kernel<AnalyticsEvent>;
    const events: AnalyticsEvent[] = [];
    collector.events$.subscribe((event) => events.push(event));
    return { visitor: new PageVisitor({ kernel, ...defaults(), ...options }), collector, events };
  }

  const store = (fields: Partial<StoredVisitor>): void => {
    const session = { id: 'stored', previousId: undefined, startedAt: 0 };
    storage.items.set(KEY, visitorText({ anonymousId: 'visitor-1', userId: undefined, session, activeAt: 0, hasBegun: true, ...fields }));
  };
  /** An event is captured at this time. */
  const renewAt = (visitor: PageVisitor, now: number): string => {
    clock.suspend(now - clock.now());
    return visitor.renew(now);
  };
  const stored = (): StoredVisitor | undefined => readVisitor(storage.items.get(KEY));

  describe('renew', () => {
    it('continues the stored session until the idle time is over, and then begins one that follows it', () => {
      store({ activeAt: 5_000 });
      clock.pass(5_000 + IDLE_MS - 1);
      expect(make().visitor.renew(clock.now())).to.equal('stored');
      store({ activeAt: 5_000 });
      clock.pass(1);
      const { visitor, events } = make();
      expect(visitor.renew(clock.now())).to.not.equal('stored');
      expect(visitor.session).to.include({ previousId: 'stored', startedAt: 5_000 + IDLE_MS });
      expect(events.map(({ type, data }) => [type, data])).to.deep.equal([
        ['session_started', { feature: 'session', action: 'start', success: true, previousId: 'stored' }],
      ]);
    });

    it('ends a session at its greatest age, however active it is', () => {
      const { visitor } = make();
      const begin = renewAt(visitor, 0);
      for (let now = 0; now < MAX_MS; now += 5_000) expect(renewAt(visitor, now)).to.equal(begin);
      expect(renewAt(visitor, MAX_MS - 1)).to.equal(begin);
      expect(renewAt(visitor, MAX_MS)).to.not.equal(begin);
    });

    it('begins no session while consent is denied', () => {
      const consent$ = new BehaviorSubject<ConsentState>('denied');
      const { visitor, events } = make({}, consent$);
      const { session } = visitor;
      expect([renewAt(visitor, 0), renewAt(visitor, 2 * MAX_MS)]).to.deep.equal([session.id, session.id]);
      expect([visitor.session, events, storage.writes]).to.deep.equal([session, [], 0]);
    });

    it('writes a session when it begins, and then its activity each tenth of the idle time, but every 5 s at least', () => {
      const writesAt = (sessionIdleMs: number): number[] => {
        storage = new MapStorage();
        const { visitor } = make({ sessionIdleMs, sessionMaxMs: Infinity });
        const times: number[] = [];
        for (let now = 0; now <= 12_000; now += 100) {
          const { writes } = storage;
          renewAt(visitor, now);
          if (storage.writes > writes) times.push(now);
        }
        return times;
      };
      expect(writesAt(40_000)).to.deep.equal([0, 4_000, 8_000, 12_000]);
      expect(writesAt(1_000_000)).to.deep.equal([0, 5_000, 10_000]);
    });

    it('counts its own activity that is not stored yet', () => {
      const { visitor } = make();
      const id = renewAt(visitor, 0);
      renewAt(visitor, 900);
      expect(stored()?.activeAt).to.equal(0);
      expect(renewAt(visitor, IDLE_MS + 899)).to.equal(id);
    });

    it('begins a session once for two pages that were loaded before its first event', () => {
      const [first, second] = [make(), make()];
      expect(renewAt(first.visitor, 100)).to.equal(renewAt(second.visitor, 200));
      expect([first.events.length, second.events.length]).to.deep.equal([1, 0]);
    });

    it('continues a session that another tab has begun', () => {
      const { visitor } = make();
      renewAt(visitor, 0);
      store({ session: { id: 'other', previousId: visitor.session.id, startedAt: 400 }, activeAt: 400 });
      expect([renewAt(visitor, 999) === 'other', renewAt(visitor, 1_000) === 'other']).to.deep.equal([false, true]);
    });
  });

  describe('session$', () => {
    it('emits the current session to each observer first, then each new one to all', () => {
      const { visitor } = make();
      const seen: string[] = [];
      visitor.session$.subscribe(({ id }) => seen.push(`1 ${id}`));
      const first = renewAt(visitor, 0);
      const second = renewAt(visitor, IDLE_MS);
      visitor.session$.subscribe(({ id }) => seen.push(`2 ${id}`));
      visitor.reset();
      const third = visitor.session.id;
      expect(seen).to.deep.equal([`1 ${first}`, `1 ${second}`, `2 ${second}`, `1 ${third}`, `2 ${third}`]);
    });

    it('has been stored when it is emitted', () => {
      const { visitor } = make();
      renewAt(visitor, 0);
      const ids: unknown[] = [];
      visitor.session$.subscribe(({ id }) => ids.push([id, stored()?.session.id]));
      renewAt(visitor, IDLE_MS);
      visitor.reset();
      expect(ids.map((pair) => new Set(pair as string[]).size)).to.deep.equal([1, 1, 1]);
    });

    it('completes at the end of the visitor, also for those that subscribe later', () => {
      const { visitor } = make();
      const seen: string[] = [];
      const observe = (name: string) => ({ next: () => seen.push(name), complete: () => seen.push(`${name} ended`) });
      visitor.session$.subscribe(observe('a'));
      visitor.unsubscribe();
      visitor.session$.subscribe(observe('b'));
      expect(seen).to.deep.equal(['a', 'a ended', 'b', 'b ended']);
    });
  });

  describe('identify', () => {
    it('stores the user, and collects an event with traits only if there are any', () => {
      const { visitor, events } = make({ anonymousId: 'visitor-1' });
      visitor.identify('user-1');
      visitor.identify('user-1', {});
      expect(stored()?.userId).to.equal('user-1');
      expect(events.filter(({ type }) => type === 'user_identified').map(({ data }) => data)).to.deep.equal([
        { userId: 'user-1', anonymousId: 'visitor-1' },
        { userId: 'user-1', anonymousId: 'visitor-1', traits: {} },
      ]);
    });

    it('changes nothing for an invalid argument', () => {
      const { visitor, events } = make();
      expect(() => visitor.identify('user-1', null as never)).to.throw(TypeError, 'Expected `traits` to be an object, got `null`');
      expect([visitor.userId, events]).to.deep.equal([undefined, []]);
    });
  });

  describe('unsubscribe', () => {
    it('stores an activity that is not stored yet, once', () => {
      const { visitor } = make();
      renewAt(visitor, 0);
      renewAt(visitor, 400);
      expect(stored()?.activeAt).to.equal(0);
      visitor.unsubscribe();
      const { writes } = storage;
      visitor.unsubscribe();
      expect([stored()?.activeAt, storage.writes]).to.deep.equal([400, writes]);
    });

    it('writes nothing if the last activity is stored', () => {
      const { visitor } = make();
      renewAt(visitor, 0);
      const { writes } = storage;
      visitor.unsubscribe();
      expect(storage.writes).to.equal(writes);
    });

    it('restores the metadata of the features before it, on which it builds', () => {
      const collector = new EventCollector({ sinks: [], scheduler: clock });
      const kernel = kernelOf(collector) as Kernel<AnalyticsEvent>;
      const { processor, facts } = kernel;
      const extendMetadata: typeof processor.extendMetadata = (base) => ({ ...base, before: base.anonymousId });
      const metadata = (): EventMetadata => ({ anonymousId: 'own' });
      processor.extendMetadata = extendMetadata;
      facts.metadata = metadata;
      const visitor = new PageVisitor({ kernel, ...defaults(), anonymousId: 'visitor-1' });
      expect(processor.extendMetadata({})).to.deep.equal({ anonymousId: 'visitor-1', before: 'visitor-1' });
      expect(facts.metadata()).to.deep.equal({ anonymousId: 'own' });
      expect(processor.session).to.equal(visitor);
      visitor.unsubscribe();
      expect([processor.extendMetadata, facts.metadata, processor.session]).to.deep.equal([extendMetadata, metadata, undefined]);
    });

    it('stops following the window and consent', () => {
      const window = new CountingTarget();
      const consent$ = new BehaviorSubject<ConsentState>('granted');
      const { visitor } = make({ window }, consent$);
      expect(window.listeners).to.deep.equal(['pageshow', 'storage']);
      renewAt(visitor, 0);
      visitor.unsubscribe();
      expect(window.listeners).to.deep.equal([]);
      consent$.next('denied');
      expect(stored()?.anonymousId).to.equal(visitor.anonymousId);
    });

    it('happens by itself when the collector has shut down', async () => {
      const window = new CountingTarget();
      const { visitor, collector } = make({ window });
      renewAt(visitor, 0);
      renewAt(visitor, 400);
      await collector.shutdown();
      expect([window.listeners, stored()?.activeAt]).to.deep.equal([[], 400]);
    });
  });

  it('has its ids from the kernel, and keeps its state in memory without a storage', () => {
    const { visitor } = make({ storage: undefined });
    const ids = [visitor.anonymousId, visitor.session.id];
    expect(ids.every((id) => id.startsWith('id-'))).to.equal(true);
    renewAt(visitor, 0);
    visitor.identify('user-1');
    expect([visitor.anonymousId, visitor.session.id, visitor.userId]).to.deep.equal([...ids, 'user-1']);
  });
});
