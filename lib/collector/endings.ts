import { concat, defer, EMPTY, endWith, map, merge, NEVER, Observable, take, timer, type SchedulerLike } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import type { Turns } from '../internal/turns.js';
import type { Accounts } from './accounts.js';
import type { FlushReport } from './flush-report.js';
import type { FrontDoor } from './front-door.js';
import type { KeepAlive } from './keep-alive.js';
import type { Outlet } from './outlet.js';
import type { Seats } from './seats.js';

export interface EndingsParts<E extends AnalyticsEvent> {
  readonly accounts: Accounts;
  readonly turns: Turns;
  /** Its work runs in turns. */
  readonly scheduler: SchedulerLike;
  readonly keepAlive: KeepAlive;
  readonly door: FrontDoor<E>;
  readonly outlet: Outlet<E>;
  readonly seats: Seats<E>;
  /** Cuts the open batch. */
  readonly cut: () => void;
  /** Completes every observable of the collector. */
  readonly complete: () => void;
}

/** What comes to an end, and is awaited: a flush, a sink's stay, the collector itself. Each is an Observable inside, with one deadline. */
export class Endings<E extends AnalyticsEvent> {
  readonly #parts: EndingsParts<E>;
  #shutdown: Promise<FlushReport> | undefined;

  constructor(parts: EndingsParts<E>) {
    this.#parts = parts;
  }

  flush(timeoutMs: number): Promise<FlushReport> {
    const { accounts, seats, cut } = this.#parts;
    const inHand = seats.ordersInHand();
    const settle$ = defer(() => {
      cut();
      return seats.settled(inHand);
    });
    return this.#conclude(settle$, timeoutMs, (timedOut) => {
      const report = this.report(timedOut);
      accounts.diagnostics.report({ type: 'flush', report });
      return report;
    });
  }

  unregister(name: string, timeoutMs: number): Promise<FlushReport> {
    const { accounts, scheduler, seats, outlet, door, cut } = this.#parts;
    const seat = seats.get(name);
    if (seat === undefined) return Promise.resolve(this.report(false));
    if (seat.farewell !== undefined) return seat.farewell;
    const inHand = seat.lane.orderInHand;
    const leave$ = defer(() => {
      cut();
      seat.lane.leaveBy(scheduler.now() + timeoutMs);
      const left$ = seat.leave('unregistered', inHand);
      if (!seats.hasStaying) outlet.loseLastSink();
      door.admitWaiting();
      return left$;
    });
    const end = (timedOut: boolean): FlushReport => {
      // Shutdown may have been quicker to give it up.
      const gaveUp = timedOut || seat.isExpired;
      seat.expire('unregistered');
      seats.remove(seat);
      const report = this.report(gaveUp);
      accounts.diagnostics.report({ type: 'unregister', sink: name, report });
      return report;
    };
    return this.#conclude(leave$, timeoutMs, end, (promise) => {
      seat.farewell = promise;
    });
  }

  shutdown(timeoutMs: number): Promise<FlushReport> {
    if (this.#shutdown !== undefined) return this.#shutdown;
    const { accounts, scheduler, seats, outlet, door, cut, complete } = this.#parts;
    const inHand = seats.ordersInHand();
    door.close();
    let held = 0;
    const clear$ = defer(() => {
      held = door.clear();
      const deadline = scheduler.now() + timeoutMs;
      for (const { lane } of seats) lane.leaveBy(deadline);
      return EMPTY;
    });
    const leave$ = defer(() => {
      held += outlet.dropEarly();
      cut();
      return seats.leave('shutdown', inHand);
    });
    const end = (timedOut: boolean): FlushReport => {
      held += outlet.dropEarly();
      cut();
      for (const seat of seats) seat.expire('shutdown');
      const report = { ...this.report(timedOut), held };
      accounts.diagnostics.report({ type: 'shutdown', report });
      complete();
      return report;
    };
    const work$ = concat(clear$, this.#everyTurnBefore(), outlet.endStages(), leave$);
    return this.#conclude(work$, timeoutMs, end, (promise) => {
      this.#shutdown = promise;
    });
  }

  report(timedOut: boolean): FlushReport {
    const { accounts, outlet, seats } = this.#parts;
    const { heldForConsent, inStages } = accounts.ledger;
    return { timedOut, held: heldForConsent + outlet.early.size, inStages, sinks: seats.report() };
  }

  /** Completes when what was accepted before, and waits for its turn, has had it. */
  #everyTurnBefore(): Observable<never> {
    return new Observable<never>((subscriber) => {
      this.#parts.turns.defer(() => {
        subscriber.complete();
      }, 0);
    });
  }

  /** Begins in its turn, and gives the report when the work is done or its time is up. The process stays alive meanwhile. */
  #conclude(
    work$: Observable<never>,
    timeoutMs: number,
    end: (timedOut: boolean) => FlushReport,
    keep: Keep = () => undefined,
  ): Promise<FlushReport> {
    const { turns, scheduler, keepAlive } = this.#parts;
    const letGo = keepAlive.hold();
    const timeUp$ = timeoutMs === Infinity ? NEVER : timer(timeoutMs, scheduler);
    const timedOut$ = merge(work$.pipe(endWith(false)), timeUp$.pipe(map(() => true))).pipe(take(1));
    let resolve: (report: FlushReport) => void = () => undefined;
    const promise = new Promise<FlushReport>((settle) => {
      resolve = settle;
    });
    // Kept before it begins: who asks again from inside of the beginning joins it.
    keep(promise);
    turns.defer(() => {
      timedOut$.subscribe((timedOut) => {
        const report = end(timedOut);
        letGo();
        resolve(report);
      });
    }, turns.depth);
    return promise;
  }
}

type Keep = (promise: Promise<FlushReport>) => void;
