import { concat, defer, EMPTY, endWith, map, merge, NEVER, Observable, take, timer } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import type { FlushReport } from './flush-report.js';
import type { FrontDoor } from './front-door.js';
import type { Outlet } from './outlet.js';
import type { Parts } from './parts.js';
import type { Seat, Seats } from './seats.js';

export interface EndingsParts<E extends AnalyticsEvent> extends Parts {
  readonly door: FrontDoor<E>;
  readonly outlet: Outlet<E>;
  readonly seats: Seats<E>;
  /** Completes every observable of the collector. */
  readonly complete: () => void;
}

export type Endings<E extends AnalyticsEvent> = ReturnType<typeof openEndings<E>>;

/** What comes to an end, and is awaited: a flush, a sink's stay, the collector itself. Each is an Observable inside, with one deadline. */
export function openEndings<E extends AnalyticsEvent>(parts: EndingsParts<E>) {
  const { accounts, turns, scheduler, awake$, door, outlet, seats, cut, complete } = parts;
  /** Stands for the collector, as a seat does for a sink. */
  const self: Leaver = { farewell: undefined };

  const doing = (work: () => void): Observable<never> =>
    defer(() => {
      work();
      return EMPTY;
    });

  /** Of every sink, the batch aside that it has in hand now: who asks from inside of its `process` would wait for himself. */
  const ofEach = (stepOf: (seat: Seat<E>, exceptOrder: number) => Observable<never>): Observable<never> => {
    const inHand = new Map([...seats.all.values()].map((seat) => [seat, seat.lane.orderInHand]));
    return defer(() => merge(...[...seats.all.values()].map((seat) => stepOf(seat, inHand.get(seat) ?? 0))));
  };

  const reportOf = (timedOut: boolean, dropped = 0): FlushReport => {
    const { heldForConsent } = accounts.ledger;
    return { timedOut, held: heldForConsent + outlet.early + dropped, inStages: outlet.inStages, sinks: seats.report() };
  };

  /** Begins in its turn, and gives the report when the work is done or its time is up. The process stays alive meanwhile. */
  function conclude(
    what: { readonly type: 'flush' | 'shutdown' } | { readonly type: 'unregister'; readonly sink: string },
    work$: Observable<never>,
    timeoutMs: number,
    end: (timedOut: boolean) => FlushReport = reportOf,
    leaver: Leaver = { farewell: undefined },
  ): Promise<FlushReport> {
    const awake = awake$.subscribe();
    const timeUp$ = timeoutMs === Infinity ? NEVER : timer(timeoutMs, scheduler);
    const timedOut$ = merge(work$.pipe(endWith(false)), timeUp$.pipe(map(() => true))).pipe(take(1));
    let resolve: (report: FlushReport) => void = () => undefined;
    // Kept before it begins: who asks again from inside of the beginning joins it.
    const farewell = (leaver.farewell = new Promise<FlushReport>((settle) => {
      resolve = settle;
    }));
    turns.defer(() => {
      timedOut$.subscribe((timedOut) => {
        const report = end(timedOut);
        accounts.report({ ...what, report });
        if (leaver === self) complete();
        awake.unsubscribe();
        resolve(report);
      });
    }, turns.depth);
    return farewell;
  }

  return {
    flush: (timeoutMs: number): Promise<FlushReport> =>
      conclude(
        { type: 'flush' },
        concat(
          doing(cut),
          ofEach(({ lane }, exceptOrder) => lane.settled(exceptOrder)),
        ),
        timeoutMs,
      ),

    unregister(name: string, timeoutMs: number): Promise<FlushReport> {
      const seat = seats.all.get(name);
      if (seat === undefined) return Promise.resolve(reportOf(false));
      if (seat.farewell !== undefined) return seat.farewell;
      const { lane } = seat;
      const { orderInHand } = lane;
      seat.isLeaving = true;
      const leave$ = defer(() => {
        cut();
        lane.leaveBy(scheduler.now() + timeoutMs);
        const left$ = seat.leave('unregistered', orderInHand);
        if (![...seats.all.values()].some(({ takesBatches }) => takesBatches)) outlet.loseLastSink();
        door.admitWaiting();
        return left$;
      });
      const end = (timedOut: boolean): FlushReport => {
        // Shutdown may have been quicker to give it up.
        const gaveUp = timedOut || seat.isExpired;
        seat.expire('unregistered');
        seats.remove(seat);
        return reportOf(gaveUp);
      };
      return conclude({ type: 'unregister', sink: name }, leave$, timeoutMs, end, seat);
    },

    shutdown(timeoutMs: number): Promise<FlushReport> {
      if (self.farewell !== undefined) return self.farewell;
      door.close();
      let dropped = 0;
      const dropEarly = (): void => {
        dropped += outlet.trimEarly(0, 'shutdown');
        cut();
      };
      const clear$ = doing(() => {
        dropped = door.clear();
        const deadline = scheduler.now() + timeoutMs;
        for (const { lane } of seats.all.values()) lane.leaveBy(deadline);
      });
      // What was accepted before, and waits for its turn, is to have had it.
      const everyTurnBefore$ = new Observable<never>((subscriber) => {
        turns.defer(() => {
          subscriber.complete();
        }, 0);
      });
      const leave$ = ofEach((seat, exceptOrder) => seat.leave('shutdown', exceptOrder));
      const end = (timedOut: boolean): FlushReport => {
        dropEarly();
        for (const seat of seats.all.values()) seat.expire('shutdown');
        return reportOf(timedOut, dropped);
      };
      // Stages that take their time hold up what they have inside, and nothing that is past them.
      const stagesEnd$ = merge(outlet.endStages(), doing(cut));
      const work$ = concat(clear$, everyTurnBefore$, stagesEnd$, doing(dropEarly), leave$);
      return conclude({ type: 'shutdown' }, work$, timeoutMs, end, self);
    },
  };
}

/** Who keeps the promise of the report, for a second call to join. */
interface Leaver {
  farewell: Promise<FlushReport> | undefined;
}
