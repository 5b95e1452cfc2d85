import { Subscription, type Observer } from 'rxjs';
import type { AnalyticsEvent } from '../../../lib/event/event.js';
import { live, type LiveIterator } from '../../../lib/operators/live.js';
import type { EventRecord } from './event-records.js';
import type { Simulation } from './simulation.js';

/** A subscriber for some time. */
interface Listener {
  readonly label: string;
  /** Number of events published before it subscribed. */
  readonly from: number;
  readonly heard: EventRecord[];
  subscription: Subscription;
  /** Number of events published before it unsubscribed. */
  until: number | undefined;
  isCompleted: boolean;
}

/** A reader of `live`, and how its buffer must look. */
interface Reader {
  readonly iterator: LiveIterator<AnalyticsEvent>;
  readonly capacity: number;
  readonly kept: string[];
  /** Reads that found nothing yet. */
  readonly open: ((id: string | undefined) => void)[];
  missed: number;
  hasLeft: boolean;
  readonly shadow: Subscription;
}

/** Subscribers that subscribe, throw, lag and unsubscribe. */
export class Audience {
  readonly #simulation: Simulation;
  readonly #listeners: Listener[] = [];
  readonly #readers: Reader[] = [];
  #number = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** One action of a subscriber: subscribe, read or unsubscribe. */
  change(): void {
    const { dice } = this.#simulation.world;
    switch (dice.weighted({ listen: 4, leave: 2, open: 1, read: 4, close: 1 })) {
      case 'listen':
        if (this.#listeners.length < 8) this.#listen();
        break;
      case 'leave': {
        const staying = this.#listeners.filter(({ subscription }) => !subscription.closed);
        if (staying.length > 0) this.#leave(dice.pick(staying));
        break;
      }
      case 'open':
        if (this.#readers.length < 3) this.#openReader();
        break;
      case 'read':
        if (this.#readers.length > 0) this.#read(dice.pick(this.#readers));
        break;
      case 'close':
        if (this.#readers.length > 0) this.#closeReader(dice.pick(this.#readers));
        break;
    }
  }

  /** Every subscriber received exactly the events published during its subscription, in order. */
  checkEnd(): void {
    const { world, streamWatch, shutdownEndedAt } = this.#simulation;
    const { published } = streamWatch;
    for (const { label, from, heard, until, subscription, isCompleted } of this.#listeners) {
      // A subscriber that subscribed or unsubscribed during a publication may or may not have received that event.
      const first = heard[0];
      const start = first === undefined ? from : published.indexOf(first, from);
      const end = start + heard.length;
      world.check(start === from || start === from + 1, () => `${label} came at ${String(from)} and heard from ${String(start)}`);
      world.check(
        heard.every((record, index) => record === published[start + index]),
        () => `${label} heard another order`,
      );
      if (until === undefined) {
        const isTooLate = heard.length === 0 && from + 1 === published.length;
        world.check(end === published.length || isTooLate, () => `${label} heard until ${String(end)} of ${String(published.length)}`);
        world.check(shutdownEndedAt === undefined || (isCompleted && subscription.closed), () => `${label} was not told the end`);
      } else {
        world.check(
          heard.length === 0 || (end >= until - 1 && end <= until + 1),
          () => `${label} left at ${String(until)} and heard until ${String(end)}`,
        );
      }
    }
  }

  #listen(): void {
    const { world, records, streamWatch, inside } = this.#simulation;
    const { dice, collector } = world;
    this.#number += 1;
    const label = `listener ${String(this.#number)}`;
    // RxJS rethrows what an observer of `events$` itself throws, outside of everything.
    const throwsAt = collector.subscribe !== undefined && dice.chance(0.7) ? dice.int(1, 4) : Infinity;
    const heard: EventRecord[] = [];
    world.note(() => `${label} comes${throwsAt === Infinity ? '' : `, and will throw at his event ${String(throwsAt)}`}`);
    const from = streamWatch.published.length;
    const listener: Listener = { label, from, heard, subscription: Subscription.EMPTY, until: undefined, isCompleted: false };
    const observer: Partial<Observer<AnalyticsEvent>> = {
      next: (event) => {
        const record = records.see(event);
        if (record !== undefined) heard.push(record);
        inside('a subscriber');
        if (heard.length === throwsAt) {
          listener.until = streamWatch.published.length;
          world.count('audience: throws');
          throw new Error(label);
        }
        if (heard.length > throwsAt) world.fail(`${label} threw, and is still called`);
      },
      complete: () => {
        listener.isCompleted = true;
        inside('a subscriber');
      },
    };
    listener.subscription = collector.subscribe?.(observer) ?? collector.events$.subscribe(observer);
    this.#listeners.push(listener);
  }

  #leave(listener: Listener): void {
    this.#simulation.world.note(() => `${listener.label} leaves`);
    listener.until = this.#simulation.streamWatch.published.length;
    listener.subscription.unsubscribe();
  }

  #openReader(): void {
    const { world } = this.#simulation;
    const { dice, collector } = world;
    const capacity = dice.int(1, 5);
    world.note(() => `a reader comes, and keeps ${String(capacity)}`);
    const iterator = live(collector.events$, { capacity });
    const shadow = collector.events$.subscribe(({ id }) => {
      const read = reader.open.shift();
      if (read !== undefined) {
        read(id);
        return;
      }
      reader.kept.push(id);
      if (reader.kept.length <= capacity) return;
      reader.kept.shift();
      reader.missed += 1;
    });
    const reader: Reader = { iterator, capacity, kept: [], open: [], missed: 0, hasLeft: false, shadow };
    this.#readers.push(reader);
  }

  #read(reader: Reader): void {
    const { world } = this.#simulation;
    let expected = reader.kept.shift();
    if (expected === undefined && !reader.hasLeft) reader.open.push((id) => (expected = id));
    void reader.iterator.next().then(({ value }) => {
      world.check(value?.id === expected, () => `a reader got ${String(value?.id)} for ${String(expected)}`);
      world.count('audience: read');
    });
    world.check(
      reader.iterator.missed === reader.missed,
      () => `a reader missed ${String(reader.missed)}, not ${String(reader.iterator.missed)}`,
    );
  }

  #closeReader(reader: Reader): void {
    if (reader.hasLeft) return;
    reader.hasLeft = true;
    reader.kept.length = 0;
    reader.open.length = 0;
    reader.shadow.unsubscribe();
    void reader.iterator.return();
    this.#simulation.world.count('audience: reader left');
  }
}
