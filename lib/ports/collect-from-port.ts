import { filter, Subscription, type Unsubscribable } from 'rxjs';
import { aCollector } from '../collector/a-collector.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { checkArgument } from '../internal/check-option.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import { aMessagePort, endOf, messagesOf, type MessagePortLike } from './message-port.js';
import { isRequest, TALLY, toMessage, type Reply, type Request } from './port-messages.js';

/** Counts of the events of all `portCollector`s at a port: `accepted = gone + received + (in transit, or lost)`. */
export interface PortStats {
  /** Accepted by the sending side. With shared memory the count is exact, even after the sending thread has ended; otherwise it is from the last message. */
  readonly accepted: number;
  /** Dropped or failed on the sending side. */
  readonly gone: number;
  /** Received here: passed to the collector, or waiting for its capacity. Events that are refused after the collector's shutdown count as `gone` instead. */
  readonly received: number;
  /** Outcomes of the received events, except those still waiting. */
  readonly outcomes: Readonly<Record<CollectOutcome, number>>;
  /** Accepted on the sending side, and lost when it ended. */
  readonly lost: number;
}

/** The receiving side of a port. */
export interface PortIntake extends Unsubscribable {
  stats(): PortStats;
  /** Resolves when no more events will be received: the sending side or the collector has ended, or this was unsubscribed. */
  readonly ended: Promise<PortStats>;
}

/**
 * Collects the events of one or more `portCollector`s on the other side of a `Worker` or `MessagePort`.
 *
 * Events keep their ids, times and order. As with `collectAsync`, they wait while a blocking lane is full, and the sender waits, too. The collector's
 * policy, sampling and stages apply, and its ledger counts them. After the collector's shutdown they are refused, and the sender counts them as
 * failed.
 *
 * Events that a worker had sent before it exits or is terminated are received. The others are counted as `lost`.
 *
 * @throws TypeError for an invalid collector or port
 */
export function collectFromPort<E extends AnalyticsEvent>(collector: EventCollector<E>, port: MessagePortLike): PortIntake {
  checkArgument('collector', collector, aCollector);
  checkArgument('port', port, aMessagePort);
  const outcomes: Record<CollectOutcome, number> = { accepted: 0, filtered: 0, sampled: 0, dropped: 0, invalid: 0, closed: 0 };
  const tallies = new Map<string, ArrayLike<number>>();
  /** Ids of unanswered requests. */
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

/** Whether the counts are in shared memory, rather than a copy. */
const isShared = (tally: ArrayLike<number> | undefined): boolean => tally instanceof Float64Array && !(tally.buffer instanceof ArrayBuffer);
