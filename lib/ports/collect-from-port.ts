import { filter, Subscription, type Unsubscribable } from 'rxjs';
import { aCollector } from '../collector/a-collector.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { checkArgument } from '../internal/check-option.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import { aMessagePort, endOf, messagesOf, type MessagePortLike } from './message-port.js';
import { isRequest, TALLY, toMessage, type Reply, type Request } from './port-messages.js';

/** What is known of the events of the `portCollector`s at a port. `accepted = gone + received + (under way, or lost)`. */
export interface PortStats {
  /** By its own side. Of a thread that has ended the last word, where memory is shared; elsewhere as of the last events that came. */
  readonly accepted: number;
  /** Dropped or failed on its own side. */
  readonly gone: number;
  /** Came over, and are the collector's, or wait for room there. Those that it refused at its end go back, and are gone. */
  readonly received: number;
  /** What became of those that came over: all but what waits for room. */
  readonly outcomes: Readonly<Record<CollectOutcome, number>>;
  /** Were accepted on the other side, and ended with it. */
  readonly lost: number;
}

/** The receiving end of a port. */
export interface PortIntake extends Unsubscribable {
  stats(): PortStats;
  /** Resolves when nothing more will come: the other side has ended, the collector has, or it was unsubscribed. */
  readonly ended: Promise<PortStats>;
}

/**
 * Gives a collector the events of the `portCollector` at the other end of a port, or of several: a `Worker`, or a `MessagePort`.
 *
 * Events keep ids, times and their order. They are taken as by `collectAsync`: while a lane that blocks is full, they wait here, and their sender
 * with them. The collector's policy, sampling and stages hold for them, and its ledger has them from then on. After the collector's shutdown they are
 * refused, and their sender books them as failed.
 *
 * Whatever a worker had handed over when it exits or is terminated arrives. The rest is `lost`, and counted.
 *
 * @throws TypeError for what is no collector, or no port
 */
export function collectFromPort<E extends AnalyticsEvent>(collector: EventCollector<E>, port: MessagePortLike): PortIntake {
  checkArgument('collector', collector, aCollector);
  checkArgument('port', port, aMessagePort);
  const outcomes: Record<CollectOutcome, number> = { accepted: 0, filtered: 0, sampled: 0, dropped: 0, invalid: 0, closed: 0 };
  const tallies = new Map<string, ArrayLike<number>>();
  /** Requests that have no answer yet. */
  const inHand = new Set<string>();
  let arrived = 0;
  let hasEnded = false;

  const reply = (content: Reply): void => {
    if (content.kind !== 'closed') inHand.delete(content.id);
    port.postMessage(toMessage(content));
  };
  const take = async ({ id, from, events, tally }: Extract<Request, { kind: 'events' }>): Promise<void> => {
    if (!isShared(tallies.get(from))) tallies.set(from, tally);
    arrived += events.length;
    const each = await Promise.all(events.map((event) => collector.collectAsync(event as EventInput<E>)));
    for (const outcome of each) outcomes[outcome] += 1;
    reply({ kind: 'taken', id, refused: each.flatMap((outcome, place) => (outcome === 'closed' ? [place] : [])) });
  };
  const flush = async ({ id, timeoutMs }: Extract<Request, { kind: 'flush' }>): Promise<void> => {
    reply({ kind: 'flushed', id, report: await collector.flush({ timeoutMs }) });
  };
  const handle = (request: Request): void => {
    if (request.kind === 'hello') {
      tallies.set(request.from, request.tally);
      return;
    }
    inHand.add(request.id);
    void (request.kind === 'events' ? take(request) : flush(request));
  };
  const stats = (): PortStats => {
    let [accepted, gone] = [0, 0];
    for (const tally of tallies.values()) {
      accepted += tally[TALLY.accepted] ?? 0;
      gone += tally[TALLY.gone] ?? 0;
    }
    const received = arrived - outcomes.closed;
    return { accepted, gone, received, outcomes: { ...outcomes }, lost: hasEnded ? Math.max(0, accepted - gone - received) : 0 };
  };

  const listening = new Subscription();
  const ended = new Promise<PortStats>((resolve) => {
    listening.add(() => {
      hasEnded = true;
      resolve(stats());
    });
  });
  const stop = (): void => {
    if (!listening.closed) reply({ kind: 'closed', inHand: [...inHand] });
    listening.unsubscribe();
  };
  listening.add(messagesOf(port).pipe(filter(isRequest)).subscribe(handle));
  listening.add(endOf(port).subscribe(() => listening.unsubscribe()));
  listening.add(collector.events$.subscribe({ complete: stop }));
  return { stats, ended, unsubscribe: stop };
}

/** Whether it says what holds at any time, and not only what held once. */
const isShared = (tally: ArrayLike<number> | undefined): boolean => tally instanceof Float64Array && !(tally.buffer instanceof ArrayBuffer);
