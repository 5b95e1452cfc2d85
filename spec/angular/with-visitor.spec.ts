import { TestBed } from '../support/angular.js';
import { inject, makeStateKey, NgZone, PLATFORM_ID, provideZoneChangeDetection, signal, TransferState } from '@angular/core';
import { expect } from 'chai';
import {
  injectVisitor,
  provideTestCollector,
  TEST_COLLECTOR,
  withConsent,
  withVisitor,
  type Session,
  type Visitor,
} from '../../lib/angular/index.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { MapStorage } from '../support/map-storage.js';

const ID = makeStateKey<string>('visitor');
const visitorOf = (): Visitor | undefined => TestBed.runInInjectionContext(injectVisitor);

describe('withVisitor for Angular', () => {
  it('adds a visitor and a session to events until the application ends', () => {
    const storage = new MapStorage();
    TestBed.configureTestingModule({ providers: [provideTestCollector({}, withVisitor({ storage }))] });
    const { collector, sink } = TestBed.inject(TEST_COLLECTOR);
    collector.track('feature_used');
    collector.flush();
    const visitor = visitorOf();
    expect(sink.events.map(({ type, sessionId, metadata }) => [type, sessionId, metadata.anonymousId])).to.deep.equal(
      ['session_started', 'feature_used'].map((type) => [type, visitor?.session.id, visitor?.anonymousId]),
    );
    const { writes } = storage;
    TestBed.resetTestingModule();
    visitor?.identify('user-1');
    expect(storage.writes).to.equal(writes);
    expect([...storage.items.values()].join()).to.include(visitor?.anonymousId);
  });

  it('creates none on a server, where a function of options is not called', () => {
    const options = () => {
      throw new Error('Called on a server');
    };
    TestBed.configureTestingModule({
      providers: [{ provide: PLATFORM_ID, useValue: 'server' }, provideTestCollector({ sessionId: 'own' }, withVisitor(options))],
    });
    const { collector } = TestBed.inject(TEST_COLLECTOR);
    expect(visitorOf()).to.equal(undefined);
    expect([collector.track('feature_used'), collector.sessionId]).to.deep.equal(['accepted', 'own']);
  });

  it('uses an id that a server passes, unless one is stored', () => {
    const storage = new MapStorage();
    for (const id of ['first', 'second']) {
      const handedOver = new TransferState();
      handedOver.set(ID, id);
      TestBed.configureTestingModule({
        providers: [
          { provide: TransferState, useValue: handedOver },
          provideTestCollector(
            {},
            withVisitor(() => ({ storage, anonymousId: inject(TransferState).get(ID, undefined) })),
          ),
        ],
      });
      expect(visitorOf()?.anonymousId).to.equal('first');
      TestBed.resetTestingModule();
    }
  });

  it('follows a consent that is a signal, with the event', () => {
    const storage = new MapStorage();
    const consent = signal<ConsentState>('unknown');
    TestBed.configureTestingModule({ providers: [provideTestCollector({}, withConsent(consent), withVisitor({ storage }))] });
    const visitor = visitorOf();
    expect(visitor?.identify('user-1')).to.equal('accepted');
    expect(storage.items.size).to.equal(0);
    consent.set('granted');
    expect(visitor?.identify('user-2')).to.equal('accepted');
    expect(storage.items.size).to.equal(1);
    consent.set('denied');
    expect(visitor?.identify('user-3')).to.equal('filtered');
    expect(storage.items.size).to.equal(0);
  });

  it('works outside of the zone', () => {
    TestBed.configureTestingModule({
      providers: [provideZoneChangeDetection(), provideTestCollector({}, withVisitor({ storage: new MapStorage() }))],
    });
    const zone = TestBed.inject(NgZone);
    const { collector } = TestBed.inject(TEST_COLLECTOR);
    const zones: boolean[] = [];
    const sessions: Session[] = [];
    zone.run(() => {
      const visitor = visitorOf();
      collector.events$.subscribe(() => zones.push(NgZone.isInAngularZone()));
      visitor?.session$.subscribe((session) => {
        zones.push(NgZone.isInAngularZone());
        sessions.push(session);
      });
      visitor?.identify('user-1');
      visitor?.reset();
      expect(visitor?.userId).to.equal(undefined);
      expect(sessions.at(-1)).to.equal(visitor?.session);
      visitor?.unsubscribe();
    });
    expect(sessions).to.have.lengthOf(2);
    expect(new Set(zones)).to.deep.equal(new Set([false]));
  });

  it('throws for invalid options', () => {
    expect(() => withVisitor(1 as never)).to.throw(TypeError, 'Expected `options` to be an object or a function');
    TestBed.configureTestingModule({ providers: [provideTestCollector({}, withVisitor({ stroage: 1 } as never))] });
    expect(() => TestBed.inject(TEST_COLLECTOR)).to.throw(TypeError, 'Did you mean `storage`?');
  });
});
