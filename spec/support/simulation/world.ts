import type { AnalyticsEvent } from '../../../lib/event/event.js';
import type { CollectorStats } from '../../../lib/ledger/ledger.js';
import { expectBalancedStats } from '../books.js';
import { Clock, type Disturbance } from './clock.js';
import type { SimulatedCollector } from './collector-of.js';
import { Dice } from './dice.js';

/** Time of an event. Ticks order everything; an epoch contains everything that one action of the clock causes. */
export interface Moment {
  readonly tick: number;
  readonly epoch: number;
  /** Elapsed time. */
  readonly time: number;
  /** Elapsed time without freezes. */
  readonly awake: number;
  /** How often time was disturbed before. */
  readonly disturbances: number;
}

/** Called with each line of the trace. */
export type Trace = (line: string) => void;

/** State shared by all parts of a simulation: randomness, time, the collector, and the first violation. */
export class World {
  readonly seed: number;
  readonly dice: Dice;
  readonly clock = new Clock();
  /** Counts of actions: a simulation without actions proves nothing. */
  readonly tally = new Map<string, number>();
  /** The first violation; later ones may follow from it. */
  violation: string | undefined;
  epoch = 0;
  readonly #trace: Trace | undefined;
  #collector: SimulatedCollector | undefined;
  #tick = 0;
  #depth = 0;

  constructor(seed: number, trace?: Trace) {
    this.seed = seed;
    this.dice = new Dice(seed);
    this.#trace = trace;
  }

  get collector(): SimulatedCollector {
    if (this.#collector === undefined) throw new Error('Expected the collector to be there');
    return this.#collector;
  }

  set collector(collector: SimulatedCollector) {
    this.#collector = collector;
  }

  get isReady(): boolean {
    return this.#collector !== undefined;
  }

  get isTraced(): boolean {
    return this.#trace !== undefined;
  }

  moment(): Moment {
    this.#tick += 1;
    const { now: time, awake, disturbances } = this.clock;
    return { tick: this.#tick, epoch: this.epoch, time, awake, disturbances: disturbances.length };
  }

  /** Disturbances of time since then. */
  disturbancesSince({ disturbances }: Moment, until = this.clock.disturbances.length): Disturbance[] {
    return this.clock.disturbances.slice(disturbances, until);
  }

  readonly count = (what: string, times = 1): void => {
    this.tally.set(what, (this.tally.get(what) ?? 0) + times);
  };

  /** Adds a line to the trace; its text is computed only if the trace is read. */
  note(line: () => string): void {
    this.#trace?.(`${String(this.clock.now).padStart(7)} ms ${'  '.repeat(this.#depth)}${line()}`);
  }

  /** Adds a line, and indents the lines that `work` adds. */
  within<T>(line: () => string, work: () => T): T {
    this.note(line);
    this.#depth += 1;
    try {
      return work();
    } finally {
      this.#depth -= 1;
    }
  }

  /** Whether a callback of the simulation is on the stack. */
  get isNested(): boolean {
    return this.#depth > 0;
  }

  fail(violation: string): void {
    this.note(() => `✗ ${violation}`);
    this.violation ??= violation;
  }

  check(holds: boolean, violation: () => string): void {
    if (!holds) this.fail(violation());
  }

  /** Checks the ledger; can be called from anywhere. */
  look(where: string): CollectorStats {
    const stats = this.collector.stats();
    if (!isBalanced(stats)) {
      try {
        expectBalancedStats(stats);
        this.fail(`${where}: the ledger doesn't balance`);
      } catch (error) {
        this.fail(`${where}: ${(error as Error).message}`);
      }
    }
    return stats;
  }
}

/** Both equations, in short form: they are checked a million times. */
function isBalanced(stats: CollectorStats): boolean {
  const { eventsReceived, eventsFiltered, eventsSampledOut, eventsDropped, eventsInvalid, eventsClosed } = stats;
  const { eventsBuffered, eventsProcessed, stagesIn, stagesOut, droppedBefore = 0, droppedAfter = 0 } = stats;
  let dropped = 0;
  for (const reason in stats.dropped) dropped += stats.dropped[reason as keyof typeof stats.dropped];
  if (dropped !== eventsDropped || eventsBuffered < 0) return false;
  const turnedAway = eventsFiltered + eventsSampledOut + eventsInvalid + eventsClosed;
  if (stagesIn === undefined) {
    if (eventsReceived !== turnedAway + eventsDropped + eventsBuffered + eventsProcessed) return false;
  } else {
    if (eventsReceived !== turnedAway + droppedBefore + stagesIn) return false;
    if (stagesOut !== eventsBuffered + eventsProcessed + droppedAfter || eventsDropped !== droppedBefore + droppedAfter) return false;
  }
  for (const name in stats.sinks) {
    const lane = stats.sinks[name];
    if (lane === undefined) continue;
    let evicted = 0;
    for (const reason in lane.droppedBy) evicted += lane.droppedBy[reason as keyof typeof lane.droppedBy] ?? 0;
    if (evicted !== lane.dropped || lane.pending < 0) return false;
    if (lane.offered + lane.recovered !== lane.delivered + lane.failed + lane.dropped + lane.kept + lane.pending) return false;
  }
  return true;
}

/** Events as a trace shows them: their ids, in order. */
export const idsOf = (events: readonly AnalyticsEvent[]): string => `[${events.map(({ id }) => id).join(' ')}]`;
