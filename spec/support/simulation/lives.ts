import {
  BehaviorSubject,
  EMPTY,
  finalize,
  map,
  NEVER,
  of,
  throwError,
  timer,
  type Observable,
  type ObservableInput,
  type Subscription,
} from 'rxjs';
import { EventCollector } from '../../../lib/collector/event-collector.js';
import type { ConsentState } from '../../../lib/consent/consent-gate.js';
import { SinkError } from '../../../lib/errors/sink-error.js';
import type { EventBatch } from '../../../lib/event/event.js';
import type { LaneStoreSession, StoreChange, StoredBatch } from '../../../lib/lane/lane-spool.js';
import { laneStore } from '../../../lib/lane/lane-store.js';
import type { LaneStats } from '../../../lib/ledger/lane-ledger.js';
import type { EventSink } from '../../../lib/sink/sink.js';
import { seededRandom } from '../../../lib/testing/seeded-random.js';
import { sequentialIds } from '../../../lib/testing/sequential-ids.js';
import { Clock } from './clock.js';
import { Dice } from './dice.js';

const numbersIn = (json: string): number[] => numbersOf(JSON.parse(json) as EventBatch);
const numbersOf = ({ events }: EventBatch): number[] => events.map(({ data }) => (data as { readonly n: number }).n);
const NO_BATCH = '{"events":[]}';
const HOUR_MS = 3_600_000;
/** For the wall clock, in either direction. */
const STEPS_MS = [500, 1_500, HOUR_MS];
const FREEZES_MS = [15, 100, 1_500, HOUR_MS];
const down = (what: string): SinkError => new SinkError('unavailable', what);

/** Contents of the disk, which outlive the processes that use it. */
class Disk {
  readonly batches = new Map<string, StoredBatch>();

  apply({ put, remove }: StoreChange): void {
    for (const id of remove) this.batches.delete(id);
    for (const batch of put) this.batches.set(batch.id, batch);
  }

  numbers(): number[] {
    return [...this.batches.values()].sort((a, b) => a.position - b.position).flatMap(({ json }) => numbersIn(json));
  }
}

/** One process: a collector with a durable lane, a store that answers after random times, and a sink. */
class Life {
  readonly clock = new Clock();
  readonly collector: EventCollector;
  /** Numbers of the events that the store has recovered; `undefined` if it was not opened. */
  recovered: readonly number[] | undefined;
  /** Changes that the store has accepted, and that are not on the disk yet. */
  readonly #unwritten: StoreChange[] = [];
  readonly #world: Lives;
  readonly #isHealthy: boolean;
  readonly #consent$: BehaviorSubject<ConsentState>;
  #pause: Subscription | undefined;
  /** Numbers in attempts that have no answer. */
  readonly #inFlight = new Set<number>();
  /** Numbers that were there when consent was denied, and not in flight: never sent in this life. */
  readonly #forbidden = new Set<number>();
  #lastFirst = -1;

  constructor(world: Lives, index: number, isHealthy: boolean) {
    this.#world = world;
    this.#isHealthy = isHealthy;
    const { dice } = world;
    this.#consent$ = new BehaviorSubject<ConsentState>(isHealthy || dice.chance(0.7) ? 'granted' : dice.pick(['unknown', 'denied']));
    if (!isHealthy && dice.chance(0.3)) this.clock.set(dice.int(0, 5_000));
    this.collector = new EventCollector({
      sinks: [],
      consent$: this.#consent$,
      scheduler: this.clock.scheduler,
      random: seededRandom(world.seed + index),
      newId: sequentialIds(`${String(index)}.`),
      config: { batch: { maxCount: dice.int(1, 4), maxAgeMs: dice.pick([1, 20]) } },
      lane: {
        maxEvents: isHealthy ? 3 : dice.int(2, 12),
        overflow: dice.pick(['drop_lowest_priority', 'drop_oldest', 'drop_newest']),
        timeoutMs: 30,
        breaker: false,
        retry: {
          maxAttempts: isHealthy ? 20 : dice.int(1, 4),
          maxElapsedMs: dice.pick([50, 2_000]),
          baseDelayMs: dice.int(0, 20),
          maxDelayMs: 50,
        },
        spool: laneStore(() => this.#session(), { maxAgeMs: isHealthy || dice.chance(0.7) ? Infinity : 2_000 }),
      },
    });
    this.collector.deliveries$.subscribe(({ status, batch, stored = 0 }) => {
      this.look();
      if (status === 'delivered') return;
      for (const n of numbersOf(batch)) world.settled.add(n);
      world.unnamed += stored;
    });
    // Deliveries may begin synchronously.
    this.collector.registerSink(this.#sink());
    // Consent that is granted before the store is read applies to what earlier lives have left.
    if (this.#consent$.value === 'denied') for (const n of world.disk.numbers()) world.settled.add(n);
  }

  /** Something that happens to a program beside its events. */
  disturb(): void {
    const { dice, count } = this.#world;
    const what = dice.pick(['consent', 'consent', 'pause', 'pause', 'step', 'freeze'] as const);
    count(what);
    switch (what) {
      case 'consent': {
        const consent = dice.weighted<ConsentState>({ granted: 4, denied: 1, unknown: 1 });
        count(`consent: ${consent}`);
        if (consent === 'denied') this.#forbid();
        this.#consent$.next(consent);
        break;
      }
      case 'pause':
        if (this.#pause === undefined) this.#pause = this.collector.pause();
        else this.resume();
        break;
      case 'step':
        this.clock.set(dice.pick(STEPS_MS) * dice.pick([1, -1]));
        break;
      case 'freeze':
        this.clock.freeze(dice.pick(FREEZES_MS));
        break;
    }
    this.look();
  }

  resume(): void {
    const pause = this.#pause;
    this.#pause = undefined;
    pause?.unsubscribe();
  }

  /** Consent is being denied: all that is there may vanish, and must not be sent, unless it is in flight. */
  #forbid(): void {
    const { disk, settled } = this.#world;
    const unwritten = this.#unwritten.flatMap(({ put }) => put.flatMap(({ json }) => numbersIn(json)));
    for (const n of [...disk.numbers(), ...unwritten, ...this.#collected]) {
      settled.add(n);
      if (!this.#inFlight.has(n)) this.#forbidden.add(n);
    }
  }

  /** Numbers of the events of this life. */
  readonly #collected: number[] = [];

  collect(n: number): void {
    this.#collected.push(n);
    this.collector.track('counted', { n });
  }

  get stats(): LaneStats {
    return this.collector.stats().sinks.a!;
  }

  look(): void {
    const { offered, recovered, delivered, failed, dropped, kept, pending } = this.stats;
    this.#world.check(
      offered + recovered === delivered + failed + dropped + kept + pending && pending >= 0,
      () => `the ledger doesn't balance: ${JSON.stringify(this.stats)}`,
    );
    this.#world.check(this.recovered === undefined || recovered === 0 || recovered === this.recovered.length, () => 'recovered is wrong');
  }

  run(ms: number): void {
    const until = this.clock.now + ms;
    while (this.clock.nextAt !== undefined && this.clock.nextAt <= until) {
      const thrown = this.clock.step();
      this.#world.check(thrown === undefined, () => `something threw: ${String(thrown)}`);
      this.look();
    }
  }

  /** Ends it without notice. Some of the first pending changes are on the disk. */
  crash(): void {
    const { dice, disk } = this.#world;
    for (const change of this.#unwritten.slice(0, dice.int(0, this.#unwritten.length))) disk.apply(change);
  }

  #later<T>(value: T): Observable<T> {
    const { dice } = this.#world;
    return dice.chance(0.5) ? of(value) : timer(dice.int(1, 15), this.clock.scheduler).pipe(map(() => value));
  }

  /** An answer that comes when the lane does not wait for it any more. */
  #tooLate(): Observable<unknown> {
    this.#world.count('store: too late');
    return timer(this.#world.dice.pick([31_000, 45_000]), this.clock.scheduler);
  }

  #session(): LaneStoreSession {
    const { dice, disk, count } = this.#world;
    const fails = (share: number): boolean => !this.#isHealthy && dice.chance(share);
    return {
      recover: () => {
        if (fails(0.1)) return throwError(() => down('not opened'));
        const isLate = fails(0.1);
        return (isLate ? this.#tooLate() : this.#later(undefined)).pipe(
          map(() => {
            // Events of this life may have been sent already.
            if (isLate) this.#lastFirst = -1;
            this.recovered = disk.numbers();
            if (this.recovered.length > 0) count('recovered');
            return { batches: [...disk.batches.values()].sort((a, b) => a.position - b.position) };
          }),
        );
      },
      write: (change) => {
        if (fails(0.1)) {
          count('write failed');
          // A removed batch may not have been on the disk yet.
          this.#flush();
          // If its change is refused, the rest of a batch is only in memory: a crash may lose it.
          for (const id of change.remove) for (const n of numbersIn(disk.batches.get(id)?.json ?? NO_BATCH)) this.#world.settled.add(n);
          this.#unwritten.push({ put: [], remove: change.remove });
          this.#flush();
          throw down('not written');
        }
        this.#unwritten.push(change);
        const isSync = dice.chance(0.5);
        if (isSync) this.#flush();
        return isSync
          ? undefined
          : (fails(0.03) ? this.#tooLate() : timer(dice.int(1, 15), this.clock.scheduler)).pipe(map(() => this.#flush(change)));
      },
      read: (id) => {
        count('read');
        if (fails(0.05)) return throwError(() => down('not read'));
        return (fails(0.05) ? this.#tooLate() : this.#later(undefined)).pipe(map(() => disk.batches.get(id)?.json));
      },
      close: () => {
        this.#flush();
        return undefined;
      },
    };
  }

  /** Writes all changes up to one, in order. */
  #flush(change = this.#unwritten.at(-1)): void {
    const end = change === undefined ? -1 : this.#unwritten.indexOf(change);
    for (const each of this.#unwritten.splice(0, end + 1)) this.#world.disk.apply(each);
  }

  #sink(): EventSink {
    const { dice, arrived, count } = this.#world;
    return {
      name: 'a',
      process: (batch): ObservableInput<unknown> => {
        const numbers = numbersOf(batch);
        const first = Math.min(...numbers);
        this.#world.check(first >= this.#lastFirst, () => `${String(first)} was sent after ${String(this.#lastFirst)}`);
        this.#lastFirst = first;
        this.#world.check(this.#pause === undefined, () => `${String(first)} was sent in a pause`);
        this.#world.check(this.#consent$.value !== 'denied', () => `${String(first)} was sent although consent is denied`);
        const forbidden = numbers.filter((n) => this.#forbidden.has(n));
        this.#world.check(forbidden.length === 0, () => `${forbidden.join()} were sent after consent was denied`);
        for (const n of numbers) this.#inFlight.add(n);
        const answer = this.#isHealthy ? 'ok' : dice.weighted({ ok: 5, down: 3, silent: 1, partial: 2, rejected: 1, too_large: 1 });
        count(`sink: ${answer}`);
        const finish = finalize(() => {
          for (const n of numbers) this.#inFlight.delete(n);
        });
        if (answer === 'silent') return NEVER.pipe(finish);
        return this.#later(undefined).pipe(
          finish,
          map(() => {
            const failed = answer === 'partial' ? batch.events.filter(() => dice.chance(0.5)) : answer === 'ok' ? [] : batch.events;
            batch.events.forEach((event, index) => {
              if (!failed.includes(event)) arrived.add(numbers[index]!);
            });
            if (failed.length === 0) return EMPTY;
            const kind = answer === 'rejected' || answer === 'too_large' ? answer : 'unavailable';
            throw new SinkError(kind, answer, { ...(answer === 'partial' && { failed }) });
          }),
        );
      },
    };
  }
}

/** Several lives of a program with one durable lane, in virtual time. The seed decides everything. */
export class Lives {
  readonly seed: number;
  readonly dice: Dice;
  readonly disk = new Disk();
  readonly arrived = new Set<number>();
  /** Events that failed or were dropped. */
  readonly settled = new Set<number>();
  /** Such events whose numbers are not known: they were only in the store. */
  unnamed = 0;
  violation: string | undefined;
  readonly tally = new Map<string, number>();

  constructor(seed: number) {
    this.seed = seed;
    this.dice = new Dice(seed ^ 0x1eaf);
  }

  readonly count = (what: string): void => {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1);
  };

  check(holds: boolean, violation: () => string): void {
    if (!holds) this.violation ??= violation();
  }

  /** Returns the first violation, if there is one. */
  run(): string | undefined {
    const { dice, disk } = this;
    let next = 0;
    const stored = new Set<number>();
    const lives = dice.int(2, 5);
    for (let index = 0; index < lives && this.violation === undefined; index += 1) {
      const life = new Life(this, index, false);
      for (let step = dice.int(1, 15); step > 0; step -= 1) {
        for (let n = dice.int(0, 6); n > 0; n -= 1) life.collect(next++);
        if (dice.chance(0.15)) life.disturb();
        life.look();
        life.run(dice.pick([0, 1, 10, 60, 0, 1, 10, 60, 40_000]));
      }
      const isCrash = dice.chance(0.7);
      this.count(isCrash ? 'crash' : 'shutdown');
      if (isCrash) life.crash();
      else {
        if (dice.chance(0.5)) life.resume();
        void life.collector.shutdown({ timeoutMs: dice.int(0, 100) });
        life.run(Infinity);
        const { kept, pending, recovered } = life.stats;
        this.check(pending === 0, () => 'events are pending after shutdown');
        if (kept > 0) this.count('kept');
        this.check(
          life.recovered?.length !== recovered || kept === disk.numbers().length,
          () => `kept ${String(kept)}, on the disk ${disk.numbers().join()}`,
        );
      }
      for (const n of disk.numbers()) stored.add(n);
    }
    if (this.violation !== undefined) return this.violation;
    const last = new Life(this, lives, true);
    void last.collector.shutdown({ timeoutMs: Infinity });
    last.run(Infinity);
    const { delivered, recovered, kept, pending, failed, dropped } = last.stats;
    this.check(delivered === recovered && kept + pending + failed + dropped === 0, () => `the last life: ${JSON.stringify(last.stats)}`);
    this.check(disk.batches.size === 0, () => `left on the disk: ${disk.numbers().join()}`);
    const missing = [...stored].filter((n) => !this.arrived.has(n) && !this.settled.has(n));
    this.check(missing.length <= this.unnamed, () => `stored, and lost: ${missing.join()}`);
    return this.violation;
  }
}
