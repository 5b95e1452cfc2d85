import { expect } from 'chai';
import { BehaviorSubject, Subject, VirtualTimeScheduler, type Observable } from 'rxjs';
import { byVisitor, withVisitor, type Session, type VisitedPage, type Visitor, type VisitorOptions } from '../../lib/browser/index.js';
import { createCollector } from '../../lib/collector/collector.js';
import { explain } from '../../lib/collector/explain.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { defaultRedaction } from '../../lib/redaction/default-redaction.js';
import * as sampling from '../../lib/sampling/index.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';
import { MapStorage } from '../support/map-storage.js';
import { virtually } from '../support/virtual.js';

const MINUTE = 60_000;

/** A page with a storage that it shares with others. */
class Tab extends EventTarget {
  readonly localStorage: MapStorage;

  constructor(storage = new MapStorage()) {
    super();
    this.localStorage = storage;
  }

  /** The browser reports a write of another tab. */
  hear(key: string | null = 'rx-event-collector'): void {
    const newValue = this.localStorage.items.get(key ?? '') ?? null;
    this.dispatchEvent(Object.assign(new Event('storage'), { key, newValue }));
  }
}

interface Page {
  readonly collector: EventCollector;
  readonly visitor: Visitor;
  readonly events: AnalyticsEvent[];
  /** Types and sessions of the events. */
  readonly sessions: () => (readonly [string, string | undefined])[];
}

let pages = 0;

function load(window: VisitedPage, options?: Partial<VisitorOptions>, consent$?: Observable<ConsentState>): Page {
  pages += 1;
  const newId = sequentialIds(`p${String(pages)}-`);
  const collector = new EventCollector({ sinks: [], newId, ...(consent$ !== undefined && { consent$ }) });
  const events: AnalyticsEvent[] = [];
  collector.events$.subscribe((event) => events.push(event));
  const visitor = withVisitor(collector, { window, ...options });
  return { collector, visitor, events, sessions: () => events.map(({ type, sessionId }) => [type, sessionId] as const) };
}

describe('withVisitor', () => {
  it('adds a visitor and a session to events; a session starts with its own event', () => {
    const { collector, visitor, events } = load(new Tab());
    collector.track('feature_used');
    collector.track('feature_used');
    expect(events.map(({ type }) => type)).to.deep.equal(['session_started', 'feature_used', 'feature_used']);
    expect(new Set(events.map(({ sessionId }) => sessionId))).to.deep.equal(new Set([visitor.session.id]));
    expect(new Set(events.map(byVisitor))).to.deep.equal(new Set([visitor.anonymousId]));
    expect(collector.sessionId).to.equal(visitor.session.id);
    expect(visitor.session.previousId).to.equal(undefined);
  });

  it('keeps the visitor, the user and the session over page loads and tabs', () => {
    const tab = new Tab();
    const first = load(tab);
    first.visitor.identify('user-1');
    const second = load(new Tab(tab.localStorage));
    second.collector.track('feature_used');
    expect(second.sessions()).to.deep.equal([['feature_used', first.visitor.session.id]]);
    expect([second.visitor.anonymousId, second.visitor.userId]).to.deep.equal([first.visitor.anonymousId, 'user-1']);
    expect(second.events[0]?.metadata).to.include({ anonymousId: first.visitor.anonymousId, userId: 'user-1' });
  });

  it('begins a session after 30 minutes without an event, and after 24 hours', () => {
    virtually({ sinks: [] }, ({ collector, at }) => {
      const started: [number, string | undefined, string | undefined][] = [];
      let now = 0;
      collector.events$.subscribe(({ type, sessionId, data }) => {
        if (type === 'session_started') started.push([now / MINUTE, sessionId, (data as { previousId?: string }).previousId]);
      });
      const visitor = withVisitor(collector, { window: new Tab() });
      const sessions: Session[] = [];
      visitor.session$.subscribe((session) => sessions.push(session));
      for (let minute = 0; minute <= 25 * 60; minute += 29)
        at(minute * MINUTE, () => {
          now = minute * MINUTE;
          collector.track('feature_used');
        });
      at(26 * 60 * MINUTE, () => {
        now = 26 * 60 * MINUTE;
        collector.track('feature_used');
        const [first, second, third] = sessions.map(({ id }) => id);
        expect(started).to.deep.equal([
          [0, first, undefined],
          [50 * 29, second, first],
          [26 * 60, third, second],
        ]);
        expect(sessions.map(({ previousId }) => previousId)).to.deep.equal([undefined, first, second]);
        collector.shutdown().catch(() => undefined);
      });
    });
  });

  it('counts activity of another tab, even if its writes were not reported', () => {
    virtually({ sinks: [] }, ({ collector, at }) => {
      const tab = new Tab();
      const visitor = withVisitor(collector, { window: tab });
      const other = new EventCollector({ sinks: [], newId: sequentialIds('other') });
      withVisitor(other, { window: new Tab(tab.localStorage) });
      collector.track('feature_used');
      const { id } = visitor.session;
      at(20 * MINUTE, () => other.track('feature_used'));
      at(40 * MINUTE, () => {
        collector.track('feature_used');
        expect(visitor.session.id).to.equal(id);
        expect(other.sessionId).to.equal(id);
        collector.shutdown().catch(() => undefined);
        other.shutdown().catch(() => undefined);
      });
    });
  });

  it('follows the other tabs: a new session, a user, a reset', () => {
    const tab = new Tab();
    const first = load(tab);
    first.collector.track('feature_used');
    const other = new Tab(tab.localStorage);
    const second = load(other);
    first.visitor.reset();
    first.visitor.identify('user-2');
    other.hear();
    expect([second.visitor.anonymousId, second.visitor.userId]).to.deep.equal([first.visitor.anonymousId, 'user-2']);
    second.collector.track('feature_used');
    expect(second.sessions()).to.deep.equal([['feature_used', first.visitor.session.id]]);
    other.hear('another key');
    expect(second.visitor.userId).to.equal('user-2');
  });

  it('adds the visitor of another tab to the very event that finds it', () => {
    virtually({ sinks: [] }, ({ collector, at }) => {
      const tab = new Tab();
      const events: AnalyticsEvent[] = [];
      collector.events$.subscribe((event) => events.push(event));
      withVisitor(collector, { window: tab });
      collector.track('feature_used');
      const other = load(new Tab(tab.localStorage));
      other.visitor.reset();
      at(20 * MINUTE, () => other.collector.track('feature_used'));
      at(31 * MINUTE, () => {
        collector.track('feature_used');
        expect(events.at(-1)?.metadata.anonymousId).to.equal(other.visitor.anonymousId);
        collector.shutdown().catch(() => undefined);
        other.collector.shutdown().catch(() => undefined);
      });
    });
  });

  it('begins a session before the events that observers of session$ collect', () => {
    virtually({ sinks: [] }, ({ collector, at }) => {
      const visitor = withVisitor(collector, { window: new Tab() });
      const seen: unknown[] = [];
      collector.events$.subscribe(({ type, sessionId }) => seen.push([type, sessionId]));
      collector.track('feature_used');
      const { id: first } = visitor.session;
      visitor.session$.subscribe(({ previousId }) => previousId !== undefined && collector.track('session_seen'));
      at(31 * MINUTE, () => {
        collector.track('feature_used');
        const { id, previousId } = visitor.session;
        expect(previousId).to.equal(first);
        expect(seen.slice(2)).to.deep.equal(['session_started', 'session_seen', 'feature_used'].map((type) => [type, id]));
        collector.shutdown().catch(() => undefined);
      });
    });
  });

  it('begins a session with its first event, however long after the page was loaded', () => {
    virtually({ sinks: [] }, ({ collector, at }) => {
      const visitor = withVisitor(collector, { window: new Tab() });
      const { id } = visitor.session;
      at(31 * MINUTE, () => {
        const events: AnalyticsEvent[] = [];
        collector.events$.subscribe((event) => events.push(event));
        collector.track('feature_used');
        expect(visitor.session).to.deep.equal({ id, previousId: undefined, startedAt: 31 * MINUTE });
        expect(events.map(({ type }) => type)).to.deep.equal(['session_started', 'feature_used']);
        collector.shutdown().catch(() => undefined);
      });
    });
  });

  it('begins a session after a clock was set back by more than the idle time', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.frame = 100 * MINUTE;
    const collector = new EventCollector({ sinks: [], scheduler });
    const visitor = withVisitor(collector, { window: new Tab() });
    collector.track('feature_used');
    const { id } = visitor.session;
    scheduler.frame = 80 * MINUTE;
    collector.track('feature_used');
    expect(visitor.session.id).to.equal(id);
    scheduler.frame = 20 * MINUTE;
    collector.track('feature_used');
    expect(visitor.session.previousId).to.equal(id);
  });

  it('keeps a session of a short idle time over page loads', () => {
    const scheduler = new VirtualTimeScheduler();
    const tab = new Tab();
    const collector = new EventCollector({ sinks: [], scheduler });
    const visitor = withVisitor(collector, { window: tab, sessionIdleMs: 1_000 });
    for (; scheduler.frame < 4_500; scheduler.frame += 500) collector.track('feature_used');
    const next = new EventCollector({ sinks: [], scheduler });
    withVisitor(next, { window: new Tab(tab.localStorage), sessionIdleMs: 1_000 });
    next.track('feature_used');
    expect(next.sessionId).to.equal(visitor.session.id);
  });

  describe('a tab that missed changes of another one', () => {
    const scheduler = new VirtualTimeScheduler();
    const make = (window: Tab, options?: VisitorOptions): readonly [EventCollector, Visitor] => {
      const collector = new EventCollector({ sinks: [], scheduler, newId: sequentialIds(`m${String((pages += 1))}-`) });
      return [collector, withVisitor(collector, { window, ...options })];
    };

    it('does not undo a reset', () => {
      const tab = new Tab();
      const [first, stale] = make(tab);
      stale.identify('user-1');
      first.track('feature_used');
      const [, visitor] = make(new Tab(tab.localStorage));
      visitor.reset();
      scheduler.frame += 6_000;
      first.track('feature_used');
      expect([stale.anonymousId, stale.userId]).to.deep.equal([visitor.anonymousId, undefined]);
      visitor.reset();
      stale.identify('user-2');
      expect(stale.anonymousId).to.equal(visitor.anonymousId);
      visitor.reset();
      scheduler.frame += 1_000;
      first.track('feature_used');
      stale.unsubscribe();
      expect(make(new Tab(tab.localStorage))[1].anonymousId).to.equal(visitor.anonymousId);
    });

    it('follows when it returns from the back/forward cache', () => {
      const tab = new Tab();
      const [first, stale] = make(tab);
      first.track('feature_used');
      const [, visitor] = make(new Tab(tab.localStorage));
      visitor.reset();
      tab.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }));
      expect(stale.anonymousId).to.not.equal(visitor.anonymousId);
      tab.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
      expect(stale.anonymousId).to.equal(visitor.anonymousId);
    });

    for (const key of ['rx-event-collector', null])
      it(`forgets the visitor when ${key === null ? 'the storage was cleared' : 'it was deleted'}`, () => {
        const tab = new Tab();
        const [collector, visitor] = make(tab);
        visitor.identify('user-1');
        const { anonymousId } = visitor;
        tab.hear(key);
        expect(visitor.userId).to.equal('user-1');
        tab.localStorage.items.clear();
        tab.hear(key);
        expect([visitor.anonymousId === anonymousId, visitor.userId]).to.deep.equal([false, undefined]);
        expect(tab.localStorage.items.size).to.equal(0);
        collector.track('feature_used');
        expect(tab.localStorage.items.get('rx-event-collector')).to.include(visitor.anonymousId);
      });

    it('does not overwrite a text that it cannot read', () => {
      const tab = new Tab();
      make(tab);
      tab.localStorage.items.set('rx-event-collector', '{"format":2}');
      tab.hear();
      expect(tab.localStorage.items.get('rx-event-collector')).to.equal('{"format":2}');
    });

    it('keeps state that it could not write, and removes the older stored visitor', () => {
      const tab = new Tab();
      const [collector, visitor] = make(tab);
      visitor.identify('user-1');
      const setItem = tab.localStorage.setItem.bind(tab.localStorage);
      tab.localStorage.setItem = () => {
        throw new Error('QuotaExceededError');
      };
      visitor.reset();
      expect(tab.localStorage.items.size).to.equal(0);
      setItem('rx-event-collector', '{}');
      const { anonymousId } = visitor;
      scheduler.frame += 6_000;
      collector.track('feature_used');
      tab.hear();
      expect([visitor.anonymousId, visitor.userId]).to.deep.equal([anonymousId, undefined]);
      tab.localStorage.setItem = setItem;
      scheduler.frame += 6_000;
      collector.track('feature_used');
      expect(make(new Tab(tab.localStorage))[1].anonymousId).to.equal(anonymousId);
    });
  });

  it('uses a given id for a visitor who is not stored', () => {
    const tab = new Tab();
    expect(load(tab, { anonymousId: 'given' }).visitor.anonymousId).to.equal('given');
    const { visitor } = load(new Tab(tab.localStorage), { anonymousId: 'another' });
    expect(visitor.anonymousId).to.equal('given');
    visitor.reset();
    expect(visitor.anonymousId).to.not.be.oneOf(['given', 'another']);
    const denied = load(new Tab(), { anonymousId: 'given' }, new BehaviorSubject<ConsentState>('denied'));
    expect(denied.visitor.anonymousId).to.not.equal('given');
  });

  it('collects session_started before the first event of a batch, which it does not count', () => {
    const { collector, sessions, visitor } = load(new Tab());
    const { id } = visitor.session;
    expect(collector.collectBatch([{ type: 'a' }, { type: 'b' }])).to.include({ accepted: 2 });
    expect(sessions()).to.deep.equal([
      ['session_started', id],
      ['a', id],
      ['b', id],
    ]);
    expect(collector.stats().eventsReceived).to.equal(3);
  });

  it('is explained without an effect', () => {
    const tab = new Tab();
    const scheduler = new VirtualTimeScheduler();
    const collector = new EventCollector({ sinks: [], scheduler, redaction: defaultRedaction() });
    const visitor = withVisitor(collector, { window: tab });
    visitor.identify('ada@example.org');
    collector.track('feature_used');
    const { session } = visitor;
    const { writes } = tab.localStorage;
    scheduler.frame += 31 * MINUTE;
    const { stages } = explain(collector, { type: 'feature_used' });
    expect(stages.find(({ stage }) => stage === 'redact')?.paths).to.deep.equal(['metadata.userId']);
    expect(visitor.session).to.equal(session);
    expect(tab.localStorage.writes).to.equal(writes);
    expect(collector.stats().eventsReceived).to.equal(3);
  });

  it('has ids that redaction does not change', () => {
    for (let count = 0; count < 200; count += 1) {
      const collector = new EventCollector({ sinks: [], redaction: defaultRedaction() });
      const { anonymousId, session } = withVisitor(collector, { window: new Tab() });
      const seen: unknown[] = [];
      collector.events$.subscribe(({ metadata, sessionId }) => seen.push([metadata.anonymousId, sessionId]));
      collector.track('feature_used');
      expect(seen[1]).to.deep.equal([anonymousId, session.id]);
    }
  });

  it('collects user_identified with traits; reset forgets the user', () => {
    const { collector, visitor, events } = load(new Tab());
    expect(visitor.identify('user-1', { plan: 'pro' })).to.equal('accepted');
    const { anonymousId } = visitor;
    expect(events.at(-1)).to.deep.include({ type: 'user_identified', category: 'usage' });
    expect(events.at(-1)?.data).to.deep.equal({ userId: 'user-1', anonymousId, traits: { plan: 'pro' } });
    visitor.reset();
    collector.track('feature_used');
    expect(visitor.anonymousId).to.not.equal(anonymousId);
    expect(events.at(-1)?.metadata).to.include({ anonymousId: visitor.anonymousId }).and.not.have.property('userId');
    expect(events.at(-2)?.data).to.not.have.property('previousId');
  });

  it('gives setMetadata and the event precedence over the visitor', () => {
    const { collector, visitor, events } = load(new Tab());
    visitor.identify('user-1');
    collector.setMetadata({ userId: 'impersonated' });
    collector.track('a');
    collector.collect({ type: 'b', metadata: { userId: 'own' } });
    expect(events.slice(-2).map(({ metadata }) => metadata.userId)).to.deep.equal(['impersonated', 'own']);
  });

  describe('with consent', () => {
    it('reads and stores nothing before it is granted', () => {
      const tab = new Tab();
      const earlier = load(tab);
      earlier.collector.track('feature_used');
      const stored = tab.localStorage.items.get('rx-event-collector');
      const consent$ = new Subject<ConsentState>();
      tab.localStorage.isBlocked = true;
      const { visitor } = load(tab, {}, consent$);
      expect(visitor.anonymousId).to.not.equal(earlier.visitor.anonymousId);
      tab.localStorage.isBlocked = false;
      consent$.next('granted');
      expect(visitor.anonymousId).to.equal(earlier.visitor.anonymousId);
      expect(tab.localStorage.items.get('rx-event-collector')).to.equal(stored);
    });

    it('stores a new visitor when it is granted after the first event', () => {
      const tab = new Tab();
      const consent$ = new Subject<ConsentState>();
      const { collector, visitor } = load(tab, {}, consent$);
      collector.track('feature_used');
      expect(tab.localStorage.writes).to.equal(0);
      const { anonymousId } = visitor;
      consent$.next('granted');
      expect(load(new Tab(tab.localStorage)).visitor.anonymousId).to.equal(anonymousId);
    });

    it('deletes everything when it is denied, also if it was denied from the start', () => {
      const tab = new Tab();
      const consent$ = new BehaviorSubject<ConsentState>('granted');
      const { collector, visitor } = load(tab, {}, consent$);
      collector.track('feature_used');
      const { anonymousId } = visitor;
      expect(tab.localStorage.items.size).to.equal(1);
      consent$.next('denied');
      expect(tab.localStorage.items.size).to.equal(0);
      expect(visitor.anonymousId).to.not.equal(anonymousId);
      collector.track('feature_used');
      visitor.identify('user-1');
      expect(tab.localStorage.items.size).to.equal(0);
      load(tab).collector.track('feature_used');
      expect(tab.localStorage.items.size).to.equal(1);
      load(tab, {}, new BehaviorSubject<ConsentState>('denied'));
      expect(tab.localStorage.items.size).to.equal(0);
    });

    it('keeps a user who was identified before', () => {
      const tab = new Tab();
      load(tab).collector.track('feature_used');
      const consent$ = new Subject<ConsentState>();
      const { visitor } = load(tab, {}, consent$);
      visitor.identify('user-1');
      consent$.next('granted');
      expect(load(new Tab(tab.localStorage)).visitor.userId).to.equal('user-1');
    });

    it('keeps the stored visitor of a user who was identified before, and none after a reset', () => {
      const tab = new Tab();
      const { anonymousId } = load(tab).visitor;
      const consent$ = new Subject<ConsentState>();
      const { visitor } = load(tab, {}, consent$);
      visitor.identify('user-1');
      consent$.next('granted');
      expect([visitor.anonymousId, visitor.userId]).to.deep.equal([anonymousId, 'user-1']);
      consent$.next('unknown');
      visitor.reset();
      visitor.identify('user-2');
      consent$.next('granted');
      expect(visitor.anonymousId).to.not.equal(anonymousId);
      const stored = load(new Tab(tab.localStorage)).visitor;
      expect([stored.anonymousId, stored.userId]).to.deep.equal([visitor.anonymousId, 'user-2']);
    });

    it('begins a session when it is granted after it was denied', () => {
      const consent$ = new BehaviorSubject<ConsentState>('denied');
      const { collector, events } = load(new Tab(), {}, consent$);
      collector.track('feature_used');
      expect(collector.stats().eventsFiltered).to.equal(1);
      consent$.next('granted');
      collector.track('feature_used');
      expect(events.map(({ type }) => type)).to.deep.equal(['session_started', 'feature_used']);
    });
  });

  it('works in memory where storage is blocked, full, or missing', () => {
    const tab = new Tab();
    tab.localStorage.isBlocked = true;
    const withoutAccess = Object.defineProperty(new Tab(), 'localStorage', {
      get() {
        throw new Error('SecurityError');
      },
    });
    for (const window of [tab, withoutAccess, new EventTarget()]) {
      const { collector, visitor, sessions } = load(window as VisitedPage);
      collector.track('feature_used');
      visitor.identify('user-1');
      visitor.reset();
      collector.track('feature_used');
      expect(sessions().at(-1)).to.deep.equal(['feature_used', visitor.session.id]);
    }
  });

  it('replaces an unreadable stored visitor', () => {
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"format":2}',
      '{"format":1,"anonymousId":"a","session":{"id":"","startedAt":0},"activeAt":0}',
    ]) {
      const tab = new Tab();
      tab.localStorage.items.set('rx-event-collector', text);
      const { collector, visitor } = load(tab);
      collector.track('feature_used');
      expect(tab.localStorage.items.get('rx-event-collector')).to.include(visitor.anonymousId);
    }
  });

  it('writes the time of the last event every five seconds at most', () => {
    virtually({ sinks: [] }, ({ collector, at }) => {
      const tab = new Tab();
      withVisitor(collector, { window: tab });
      for (let ms = 0; ms < 20_000; ms += 100) at(ms, () => collector.track('feature_used'));
      at(20_000, () => {
        expect(tab.localStorage.writes).to.be.equal(5);
        collector.shutdown().catch(() => undefined);
      });
    });
  });

  it('samples all events of a visitor, on every page, or none', () => {
    let kept = 0;
    for (let visitors = 0; visitors < 60; visitors += 1) {
      const storage = new MapStorage();
      const outcomes = [1, 2, 3].flatMap(() => {
        const collector = new EventCollector({
          sinks: [],
          newId: sequentialIds(`visitor ${String(visitors)} `),
          sampling: sampling.consistent({ rate: 0.5, key: byVisitor }),
        });
        withVisitor(collector, { storage });
        return [collector.track('feature_used'), collector.track('feature_used')];
      });
      expect(new Set(outcomes).size).to.equal(1);
      if (outcomes[0] === 'accepted') kept += 1;
    }
    expect(kept).to.be.within(15, 45);
  });

  it('ends with the collector, or when it is unsubscribed: the collector has its own session again', async () => {
    const tab = new Tab();
    const { collector, visitor } = load(tab);
    const own = new EventCollector({ sinks: [], sessionId: 'own' });
    const unsubscribed = withVisitor(own, { window: tab });
    expect(() => withVisitor(own, { window: tab })).to.throw('The collector has a visitor already');
    unsubscribed.unsubscribe();
    const seen: unknown[] = [];
    own.events$.subscribe(({ sessionId, metadata }) => seen.push([sessionId, metadata.anonymousId]));
    own.track('feature_used');
    expect(seen).to.deep.equal([['own', undefined]]);
    const stored = tab.localStorage.items.get('rx-event-collector');
    unsubscribed.reset();
    unsubscribed.identify('late');
    expect(tab.localStorage.items.get('rx-event-collector')).to.equal(stored);
    const again = withVisitor(own, { window: tab });
    own.track('feature_used');
    expect(seen.at(-1)).to.deep.equal([again.session.id, again.anonymousId]);
    again.unsubscribe();
    let isComplete = false;
    visitor.session$.subscribe({ complete: () => (isComplete = true) });
    await collector.shutdown();
    expect(isComplete).to.equal(true);
    expect(() => withVisitor(collector, { window: tab })).to.throw('The collector is shut down');
  });

  it('works with a collector of features', () => {
    const collector = createCollector({ sinks: [] });
    const visitor = withVisitor(collector, { storage: new MapStorage() });
    collector.track('feature_used');
    expect(collector.sessionId).to.equal(visitor.session.id);
  });

  it('throws for invalid arguments', () => {
    const collector = new EventCollector({ sinks: [] });
    expect(() => withVisitor({} as never)).to.throw(TypeError, 'Expected `collector` to be a collector');
    expect(() => withVisitor(collector, { sessionIdleMs: 0 })).to.throw(TypeError, 'Expected `sessionIdleMs`');
    expect(() => withVisitor(collector, { storage: {} as never })).to.throw(TypeError, 'Expected `storage` to be a storage');
    expect(() => withVisitor(collector, { stroage: 1 } as VisitorOptions)).to.throw(TypeError, 'Did you mean `storage`?');
    const visitor = withVisitor(collector, { storage: new MapStorage() });
    expect(() => visitor.identify('')).to.throw(TypeError, 'Expected `userId` to be a non-empty string');
    expect(() => visitor.identify('a', 'traits' as never)).to.throw(TypeError, 'Expected `traits` to be an object');
  });
});
