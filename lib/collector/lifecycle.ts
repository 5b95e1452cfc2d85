import { concat, defer, EMPTY, endWith, map, merge, NEVER, Observable, take, timer } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import type { FlushReport } from './flush-report.js';
import type { Admission } from './admission.js';
import type { Publisher } from './publisher.js';
import type { Parts } from './parts.js';
import type { RegisteredSink, SinkRegistry } from './sink-registry.js';

export interface LifecycleParts<E extends AnalyticsEvent> extends Parts {
  readonly admission: Admission<E>;
  readonly publisher: Publisher<E>;
  readonly seats: SinkRegistry<E>;
  /** Completes every observable of the collector. */
  readonly complete: () => void;
}

export type Lifecycle<E extends AnalyticsEvent> = ReturnType<typeof openLifecycle<E>>;

/** What comes to an end, and is awaited: a flush, a sink's stay, the collector itself. Each is an Observable inside, with one deadline. */
export function openLifecycle<E extends AnalyticsEvent>(parts: LifecycleParts<E>) {
  const { recorder, trampoline, scheduler, awake$, admission, publisher, seats, cut, complete } = parts;
  /** Stands for the collector, as a seat does for a sink. */
  const self: Leaver = { departure: undefined };

  const doing = (work: () => void): Observable<never> =>
    defer(() => {
      work();
      return EMPTY;
    });

  /** Of every sink, the batch aside that it has in hand now: who asks from inside of its `process` would wait for himself. */
  const ofEach = (stepOf: (seat: RegisteredSink<E>, exceptOrder: number) => Observable<never>): Observable<never> => {
    const inHand = new Map([...seats.all.values()].map((seat) => [seat, seat.lane.orderInHand]));
    return defer(() => merge(...[...seats.all.values()].map((seat) => stepOf(seat, inHand.get(seat) ?? 0))));
  };

  const reportOf = (timedOut: boolean, dropped = 0): FlushReport => {
    const { heldForConsent } = recorder.ledger;
    return { timedOut, held: heldForConsent + publisher.early + dropped, inStages: publisher.inStages, sinks: seats.report() };
  };

  /** Begins in its turn, and gives the report when the work is done or its time is up. The process stays alive meanwhile. */
  function conclude(
    what: { readonly type: 'flush' | 'shutdown' } | { readonly type: 'unregister'; readonly sink: string },
    work$: Observable<never>,
    timeoutMs: number,
    end: (timedOut: boolean) => FlushReport = reportOf,
    leaver: Leaver = { departure: undefined },
  ): Promise<FlushReport> {
    const awake = awake$.subscribe();
    const timeUp$ = timeoutMs === Infinity ? NEVER : timer(timeoutMs, scheduler);
    const timedOut$ = merge(work$.pipe(endWith(false)), timeUp$.pipe(map(() => true))).pipe(take(1));
    let resolve: (report: FlushReport) => void = () => undefined;
    // Kept before it begins: who asks again from inside of the beginning joins it.
    const departure = (leaver.departure = new Promise<FlushReport>((settle) => {
      resolve = settle;
    }));
    trampoline.defer(() => {
      timedOut$.subscribe((timedOut) => {
        const report = end(timedOut);
        recorder.report({ ...what, report });
        if (leaver === self) complete();
        awake.unsubscribe();
        resolve(report);
      });
    }, trampoline.depth);
    return departure;
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
      if (seat.departure !== undefined) return seat.departure;
      const { lane } = seat;
      const { orderInHand } = lane;
      seat.isLeaving = true;
      const leave$ = defer(() => {
        cut();
        lane.leaveBy(scheduler.now() + timeoutMs);
        const left$ = seat.leave('unregistered', orderInHand);
        if (![...seats.all.values()].some(({ takesBatches }) => takesBatches)) publisher.loseLastSink();
        admission.admitWaiting();
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
      if (self.departure !== undefined) return self.departure;
      admission.close();
      let dropped = 0;
      const dropEarly = (): void => {
        dropped += publisher.trimEarly(0, 'shutdown');
        cut();
      };
      const clear$ = doing(() => {
        dropped = admission.clear();
        const deadline = scheduler.now() + timeoutMs;
        for (const { lane } of seats.all.values()) lane.leaveBy(deadline);
      });
      // What was accepted before, and waits for its turn, is to have had it.
      const everyTurnBefore$ = new Observable<never>((subscriber) => {
        trampoline.defer(() => {
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
      const stagesEnd$ = merge(publisher.endStages(), doing(cut));
      const work$ = concat(clear$, everyTurnBefore$, stagesEnd$, doing(dropEarly), leave$);
      return conclude({ type: 'shutdown' }, work$, timeoutMs, end, self);
    },
  };
}

/** Who keeps the promise of the report, for a second call to join. */
interface Leaver {
  departure: Promise<FlushReport> | undefined;
}
