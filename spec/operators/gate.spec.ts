import { expect } from 'chai';
import fc from 'fast-check';
import { asyncScheduler, NEVER, of, Subject, Subscription, tap, throwError, type SchedulerLike } from 'rxjs';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { gate } from '../../lib/operators/gate.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { Rejections } from '../support/rejections.js';

/** Consent by letters of a marble diagram. */
const consents: Record<string, ConsentState> = { g: 'granted', d: 'denied', u: 'unknown' };

/** Rejections in a marble test: event, reason and frame. */
class RejectionLog {
  readonly lines: string[] = [];
  readonly onReject = (event: string, reason: string): void => {
    this.lines.push(`${event} ${reason} at ${String(asyncScheduler.now())}`);
  };
}

/** A gate with a Subject as source and another as consent. */
class Rig {
  readonly consent$ = new Subject<ConsentState>();
  readonly source = new Subject<string>();
  readonly rejections = new Rejections<string>();
  readonly seen: string[] = [];
  readonly subscription: Subscription;
  isComplete = false;

  constructor(options: Parameters<typeof gate<string>>[1] = {}, react: (rig: Rig, event: string) => void = () => undefined) {
    this.subscription = this.source.pipe(gate(this.consent$, { ...options, onReject: this.rejections.onReject })).subscribe({
      next: (event) => {
        this.seen.push(event);
        react(this, event);
      },
      complete: () => (this.isComplete = true),
    });
  }

  send(...events: string[]): void {
    for (const event of events) this.source.next(event);
  }
}

const values = ['a', 'b', 'c', 'd'];

describeOperatorContract<string>('gate', {
  create: () => gate(of('granted')),
  throwing: {
    'onReject for filtered events': (trip) => gate(of('denied'), { onReject: trip }),
    'onReject for events beyond maxHeld': (trip) => gate(NEVER, { maxHeld: 0, onReject: trip }),
    'onReject for held events without consent': (trip) => gate(of('unknown'), { onReject: trip }),
  },
  values,
});

describe('gate', () => {
  it('holds until consent is granted, releases in order, then passes', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const consent$ = hot('-----g---------', consents);
      const source = cold(' -a-b-----c--d-|');
      const subs = '        ^-------------!';
      const expected = '    -----(ab)c--d-|';
      expectObservable(source.pipe(gate(consent$))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(consent$.subscriptions).toBe(subs);
    });
  });

  it('rejects held events and filters later ones when consent is denied', () => {
    const rejections = new RejectionLog();
    marbles(({ cold, hot, expectObservable }) => {
      const consent$ = hot('-----d----', consents);
      const source = cold(' -a-b---c-|');
      const expected = '    ---------|';
      expectObservable(source.pipe(gate(consent$, { onReject: rejections.onReject }))).toBe(expected);
    });
    expect(rejections.lines).to.deep.equal(['a consent at 5', 'b consent at 5', 'c filtered at 7']);
  });

  it('holds again when consent becomes unknown', () => {
    marbles(({ cold, hot, expectObservable }) => {
      const consent$ = hot('-g--u-----g-------', consents);
      const source = cold(' --a--b-c-------d-|');
      const expected = '    --a-------(bc)-d-|';
      expectObservable(source.pipe(gate(consent$))).toBe(expected);
    });
  });

  it('passes events when consent is granted after a denial', () => {
    marbles(({ cold, hot, expectObservable }) => {
      const consent$ = hot('d----g-', consents);
      const source = cold(' --a---b|');
      const expected = '    ------b|';
      expectObservable(source.pipe(gate(consent$))).toBe(expected);
    });
  });

  for (const value of [true, null, undefined, 'yes', 'GRANTED'])
    it(`changes nothing for a value that is no consent: ${String(value)}`, () => {
      const rig = new Rig();
      const emitNoConsent = (): void => {
        rig.consent$.next(value as unknown as ConsentState);
      };
      emitNoConsent();
      rig.send('a');
      expect([rig.seen, rig.rejections.events]).to.deep.equal([[], []]);
      rig.consent$.next('granted');
      emitNoConsent();
      rig.send('b');
      expect(rig.seen).to.deep.equal(['a', 'b']);
      rig.consent$.next('denied');
      emitNoConsent();
      rig.send('c');
      expect(rig.rejections.events).to.deep.equal(['c']);
    });

  it('rejects the newest beyond maxHeld', () => {
    const rejections = new RejectionLog();
    marbles(({ cold, hot, expectObservable }) => {
      const consent$ = hot('------g----', consents);
      const source = cold(' -abc------|');
      const expected = '    ------(ab)|';
      expectObservable(source.pipe(gate(consent$, { maxHeld: 2, onReject: rejections.onReject }))).toBe(expected);
    });
    expect(rejections.lines).to.deep.equal(['c consent at 3']);
  });

  it('holds 10,000 by default', () => {
    const rig = new Rig();
    for (let count = 0; count < 10_001; count += 1) rig.send(String(count));
    expect(rig.rejections.events).to.deep.equal(['10000']);
    rig.subscription.unsubscribe();
  });

  it('rejects events held for longer than maxAgeMs', () => {
    const rejections = new RejectionLog();
    marbles(({ cold, hot, expectObservable }) => {
      const consent$ = hot('--------g--', consents);
      const source = cold(' -a---b----|');
      //                    -----a           a has been held for 4
      const expected = '    --------b-|';
      expectObservable(source.pipe(gate(consent$, { maxAgeMs: 3, onReject: rejections.onReject }))).toBe(expected);
    });
    expect(rejections.lines).to.deep.equal(['a consent at 5']);
  });

  it('holds for 30 minutes by default', () => {
    const rejections = new RejectionLog();
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('a').pipe(gate(NEVER, { onReject: rejections.onReject }))).toBe('-');
    });
    expect(rejections.lines).to.deep.equal(['a consent at 1800001']);
  });

  it('needs no timer if maxAgeMs is Infinity', () => {
    const scheduler: SchedulerLike = { now: () => 0, schedule: () => { throw new Error('no timer is needed'); } }; // prettier-ignore
    const rig = new Rig({ maxAgeMs: Infinity, scheduler });
    rig.send('a');
    rig.consent$.next('granted');
    expect(rig.seen).to.deep.equal(['a']);
  });

  describe('with late timers', () => {
    let time = 0;
    const asleep: SchedulerLike = { now: () => time, schedule: () => new Subscription() };

    it('releases no event that has become too old meanwhile', () => {
      time = 0;
      const rig = new Rig({ maxAgeMs: 100, scheduler: asleep });
      rig.send('a');
      time = 50;
      rig.send('b');
      time = 101;
      rig.consent$.next('granted');
      expect(rig.seen).to.deep.equal(['b']);
      expect(rig.rejections.events).to.deep.equal(['a']);
    });

    it('removes events that have become too old before it rejects a new one', () => {
      time = 0;
      const rig = new Rig({ maxAgeMs: 100, maxHeld: 1, scheduler: asleep });
      rig.send('a');
      time = 101;
      rig.send('b');
      rig.consent$.next('granted');
      expect(rig.seen).to.deep.equal(['b']);
      expect(rig.rejections.events).to.deep.equal(['a']);
    });
  });

  it('has one timer while it holds anything, and none otherwise', () => {
    let running = 0;
    let most = 0;
    const scheduler: SchedulerLike = {
      now: () => 0,
      schedule: () => {
        most = Math.max(most, (running += 1));
        return new Subscription(() => (running -= 1));
      },
    };
    const rig = new Rig({ scheduler });
    expect(running).to.equal(0);
    rig.send('a', 'b', 'c');
    expect(running).to.equal(1);
    rig.consent$.next('granted');
    rig.send('d');
    expect(running).to.equal(0);
    rig.consent$.next('unknown');
    rig.send('e');
    expect(running).to.equal(1);
    rig.subscription.unsubscribe();
    expect([running, most]).to.deep.equal([0, 1]);
  });

  it('waits for consent when its source completes before', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const consent$ = hot('------g--', consents);
      const consentSubs = ' ^-----!';
      const source = cold(' -a-|');
      const subs = '        ^--!';
      const expected = '    ------(a|)';
      expectObservable(source.pipe(gate(consent$))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(consent$.subscriptions).toBe(consentSubs);
    });
  });

  it('completes if consent is denied after its source has completed', () => {
    const rejections = new RejectionLog();
    marbles(({ cold, hot, expectObservable }) => {
      const consent$ = hot('------d--', consents);
      const source = cold(' -a-|');
      const expected = '    ------|';
      expectObservable(source.pipe(gate(consent$, { onReject: rejections.onReject }))).toBe(expected);
    });
    expect(rejections.lines).to.deep.equal(['a consent at 6']);
  });

  it('completes with its source if nothing is held, even if consent is unknown', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(gate(NEVER))).toBe('--|');
    });
  });

  it('completes when all held events have become too old', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -a-|');
      //                    ----a
      const expected = '    ----|';
      expectObservable(source.pipe(gate(NEVER, { maxAgeMs: 2 }))).toBe(expected);
    });
  });

  it('rejects held events and completes when source and consent complete without a decision', () => {
    const rejections = new RejectionLog();
    marbles(({ cold, hot, expectObservable }) => {
      const consent$ = hot('---u--|', consents);
      const source = cold(' -a-|');
      const expected = '    ------|';
      expectObservable(source.pipe(gate(consent$, { onReject: rejections.onReject }))).toBe(expected);
    });
    marbles(({ cold, expectObservable }) => {
      const consent$ = cold<ConsentState>('-|');
      const source = cold('                --b-|');
      const expected = '                   ----|';
      expectObservable(source.pipe(gate(consent$, { onReject: rejections.onReject }))).toBe(expected);
    });
    expect(rejections.lines).to.deep.equal(['a consent at 6', 'b consent at 4']);
  });

  it('rejects held events and fails when its source fails', () => {
    const rejections = new RejectionLog();
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -a-#');
      const expected = '    ---#';
      expectObservable(source.pipe(gate(NEVER, { onReject: rejections.onReject }))).toBe(expected);
    });
    expect(rejections.lines).to.deep.equal(['a consent at 3']);
  });

  it('rejects held events and fails when its consent fails', () => {
    const rejections = new RejectionLog();
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const consent$ = cold<ConsentState>('---#');
      const source = cold('                -a--b|');
      const subs = '                       ^--!';
      const expected = '                   ---#';
      expectObservable(source.pipe(gate(consent$, { onReject: rejections.onReject }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
    expect(rejections.lines).to.deep.equal(['a consent at 3']);
  });

  it('does not subscribe to its source if its consent fails synchronously', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a|');
      expectObservable(source.pipe(gate(throwError(() => 'error')))).toBe('#');
      expectSubscriptions(source.subscriptions).toBe([]);
    });
  });

  it('unsubscribes from everything when it is unsubscribed', () => {
    const rejections = new RejectionLog();
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const consent$ = hot<ConsentState>('------');
      const source = cold('               -a----');
      const subs = '                      ^--!';
      const expected = '                  ----';
      expectObservable(source.pipe(gate(consent$, { maxAgeMs: 4, onReject: rejections.onReject })), subs).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(consent$.subscriptions).toBe(subs);
    });
    expect(rejections.lines).to.deep.equal([]);
  });

  it('queues events that arrive during a release, even beyond maxHeld', () => {
    const rig = new Rig({ maxHeld: 2 }, ({ source }, event) => {
      if (event === 'a') for (const inner of ['c', 'd', 'e']) source.next(inner);
    });
    rig.send('a', 'b');
    rig.consent$.next('granted');
    expect(rig.seen).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('releases a chain of 100,000 without growing the stack', () => {
    let left = 100_000;
    const rig = new Rig({}, ({ source }) => {
      if ((left -= 1) > 0) source.next('more');
    });
    rig.send('first');
    rig.consent$.next('granted');
    expect(rig.seen).to.have.lengthOf(100_000);
  });

  it('stops a release when consent is withdrawn during it', () => {
    const rig = new Rig({}, ({ consent$ }, event) => {
      if (event === 'a') consent$.next('unknown');
    });
    rig.send('a', 'b');
    rig.consent$.next('granted');
    expect(rig.seen).to.deep.equal(['a']);
    rig.consent$.next('granted');
    expect(rig.seen).to.deep.equal(['a', 'b']);
  });

  it('still limits the age of held events after a release has stopped', () => {
    const rejections = new RejectionLog();
    marbles(({ hot, expectObservable }) => {
      const consent$ = new Subject<ConsentState>();
      hot('   ---g', consents).subscribe(consent$);
      const source = hot('-ab').pipe(gate(consent$, { maxAgeMs: 5, onReject: rejections.onReject }));
      const once = tap(() => {
        consent$.next('unknown');
      });
      expectObservable(source.pipe(once)).toBe('---a');
    });
    expect(rejections.lines).to.deep.equal(['b consent at 8']);
  });

  it('rejects the rest of a release when consent is denied during it', () => {
    const rig = new Rig({}, ({ consent$ }, event) => {
      if (event === 'a') consent$.next('denied');
    });
    rig.send('a', 'b', 'c');
    rig.consent$.next('granted');
    expect(rig.seen).to.deep.equal(['a']);
    expect(rig.rejections.events).to.deep.equal(['b', 'c']);
  });

  it('finishes a release during which its source completes', () => {
    const rig = new Rig({}, ({ source }) => {
      source.complete();
    });
    rig.send('a', 'b');
    rig.consent$.next('granted');
    expect([rig.seen, rig.isComplete]).to.deep.equal([['a', 'b'], true]);
  });

  it('finishes a release during which consent$ completes after its source', () => {
    const rig = new Rig({}, ({ consent$ }) => {
      consent$.complete();
    });
    rig.send('a', 'b');
    rig.source.complete();
    rig.consent$.next('granted');
    expect([rig.seen, rig.rejections.events, rig.isComplete]).to.deep.equal([['a', 'b'], [], true]);
  });

  it('passes or rejects every event exactly once, in order', () => {
    const step = fc.constantFrom('event', 'event', 'event', 'granted', 'denied', 'unknown');
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 0, max: 4 }), (steps, maxHeld) => {
        const rig = new Rig({ maxHeld });
        let sent = 0;
        for (const one of steps) {
          if (one === 'event') rig.send(String(sent++).padStart(4, '0'));
          else rig.consent$.next(one);
        }
        rig.source.complete();
        rig.consent$.complete();
        expect(rig.isComplete).to.equal(true);
        expect(rig.seen).to.deep.equal([...rig.seen].sort());
        expect([...rig.seen, ...rig.rejections.events].sort()).to.deep.equal(
          Array.from({ length: sent }, (_, index) => String(index).padStart(4, '0')),
        );
      }),
    );
  });

  it('throws for invalid options', () => {
    expect(() => gate(NEVER, { maxHeld: -1 })).to.throw(TypeError, 'Expected `maxHeld` to be an integer ≥ 0 or Infinity, got `-1`');
    expect(() => gate({} as never)).to.throw(TypeError, 'Expected `consent$` to be an Observable, got an object');
    expect(() => gate(NEVER, { maxAgeMs: NaN })).to.throw(TypeError, 'Expected `maxAgeMs`');
    expect(() => gate(NEVER, { onReject: {} as never })).to.throw(TypeError, 'Expected `onReject` to be a function');
  });
});
