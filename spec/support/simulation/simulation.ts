import { Subject } from 'rxjs';
import type { CollectorOptions } from '../../../lib/collector/collector-options.js';
import type { Diagnostic } from '../../../lib/collector/diagnostics.js';
import { resolveConfig } from '../../../lib/config/resolve-config.js';
import type { CollectorConfig } from '../../../lib/config/options.js';
import type { FlushReport } from '../../../lib/collector/flush-report.js';
import type { ConsentState } from '../../../lib/consent/consent-gate.js';
import type { DeadLetter } from '../../../lib/lane/delivery.js';
import { resolveLaneOptions, type LaneOptions, type LanePatch } from '../../../lib/lane/lane-options.js';
import type { Settlement } from '../../../lib/features/settlement.js';
import type { CollectOutcome } from '../../../lib/ledger/ledger.js';
import { sequentialIds } from '../../../lib/testing/sequential-ids.js';
import { seededRandom } from '../../../lib/testing/seeded-random.js';
import { TEMPERS, type TemperName } from './answers.js';
import { Audience } from './audience.js';
import { collectorOf } from './collector-of.js';
import { Dice } from './dice.js';
import { Doings } from './doings.js';
import { EventRecords, type EventRecord } from './event-records.js';
import { drawLane, drawPlan, type Plan } from './plan.js';
import { ProcessWatch } from './process-watch.js';
import { SimulatedStore } from './simulated-store.js';
import { SimulatedSink, type Call } from './simulated-sink.js';
import { userStages } from './stages.js';
import { StreamWatch } from './stream-watch.js';
import { TimeWatch } from './time-watch.js';
import { World, type Moment, type Trace } from './world.js';

/** The configuration of a collector without policy. */
const ANY_EVENT = resolveConfig({ privacyLevel: 'full' });

/** A sink between its addition and removal. */
export interface SinkRecord {
  readonly sink: SimulatedSink;
  readonly lane: LaneOptions;
  /** Whether the configuration sets the lane's bound. */
  readonly followsConfig: boolean;
  readonly registeredAt: Moment;
  unregisteredAt: Moment | undefined;
  goneAt: Moment | undefined;
}

/** A call that ends with a report. */
export interface Undertaking {
  readonly type: 'flush' | 'shutdown' | 'unregister';
  readonly at: Moment;
  readonly timeoutMs: number;
  /** The batches being processed when it was called from inside `process`. */
  readonly inHand: ReadonlyMap<string, Call>;
  /** Whether events were held because there was no sink. */
  readonly isHolding: boolean;
  report: FlushReport | undefined;
}

/** One run: a collector, its surroundings, and its state as seen from outside. */
export class Simulation {
  readonly world: World;
  readonly plan: Plan;
  readonly records: EventRecords;
  readonly sinkRecords: SinkRecord[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly undertakings: Undertaking[] = [];
  /** Time and content of a report on `diagnostics$`. */
  readonly ends = new Map<FlushReport, Moment>();
  readonly diagnostics: Diagnostic[] = [];
  readonly consent$ = new Subject<ConsentState>();
  consent: ConsentState | undefined;
  /** Each `collectAsync` that has not resolved yet. */
  readonly waiting = new Set<EventRecord>();
  /** Each event of `collectTracked`, and its settlement once that is known. */
  readonly tracked = new Map<EventRecord, Settlement | undefined>();
  readonly outcomes = new Map<CollectOutcome, number>();
  /** The sinks at the begin of the current pause. */
  paused: ReadonlySet<SimulatedSink> | undefined;
  /** The last `retryNow`. */
  retriedAt = -Infinity;
  shutdownCalledAt: Moment | undefined;
  shutdownEndedAt: Moment | undefined;
  readonly processWatch: ProcessWatch;
  readonly streamWatch: StreamWatch;
  readonly timeWatch: TimeWatch;
  readonly audience: Audience;
  readonly doings: Doings;
  /** Of durable lanes. */
  readonly store: SimulatedStore | undefined;
  /** When the configuration was last changed: bounds may be old or new in that epoch. */
  reconfiguredAt: Moment | undefined;
  /** Whether `queue.maxEvents` was ever lowered. */
  wasBoundLowered = false;
  /** Events buffered after the last step: a lowered bound evicts none. */
  mostHeld = 0;
  /** Events refused as closed before diagnostics$ completed. */
  closedBeforeEnd = 0;
  #sinks = 0;

  constructor(seed: number, trace?: Trace) {
    const world = new World(seed, trace);
    this.world = world;
    const plan = drawPlan(world.dice);
    this.plan = plan;
    world.note(() => `plan ${JSON.stringify(plan, (_key, value: unknown) => (value === Infinity ? 'Infinity' : value))}`);
    this.records = new EventRecords(world, plan.fates);
    this.processWatch = new ProcessWatch(this);
    this.streamWatch = new StreamWatch(this);
    this.timeWatch = new TimeWatch(this);
    this.audience = new Audience(this);
    this.doings = new Doings(this);
    this.consent = plan.consent === 'none' ? undefined : 'unknown';
    const sinks = plan.firstSinks === undefined ? undefined : Array.from({ length: plan.firstSinks }, () => this.newSink());
    // Drawn apart, so that the rest of a simulation is the same without a store.
    this.store = new Dice(seed ^ 0xd15c).chance(0.25) ? new SimulatedStore(world) : undefined;
    if (this.store !== undefined) world.count('fitted: a store');
    world.collector = collectorOf(plan, this.#options(sinks), world);
    for (const sink of sinks ?? []) this.register(sink, undefined);
    this.streamWatch.start();
    if (plan.consent === 'granted') this.setConsent('granted');
  }

  get hasGate(): boolean {
    return this.plan.consent !== 'none';
  }

  get isClosed(): boolean {
    return this.shutdownCalledAt !== undefined;
  }

  /** The current configuration: that of `withPolicy`, or that of a collector without policy. */
  get config(): CollectorConfig {
    const { world, plan } = this;
    const { policy, byteLimit = Infinity } = plan.fitted;
    const { config = ANY_EVENT } = policy ? world.collector : {};
    const { maxCount, maxAgeMs, maxBytes } = policy ? config.batch : { ...config.batch, ...plan.config.batch, maxBytes: Infinity };
    return { ...config, batch: { maxCount, maxAgeMs, maxBytes: Math.min(maxBytes, byteLimit) } } as CollectorConfig;
  }

  /** Without `diagnostics$`, the ledger shows which sinks have left. */
  noteDepartures(): void {
    const { world, plan } = this;
    if (plan.fitted.diagnostics) return;
    const { sinks } = world.collector.stats();
    for (const seat of this.presentSinks)
      if (seat.unregisteredAt !== undefined && sinks[seat.sink.name]?.removed) seat.goneAt = world.moment();
  }

  get isReconfigured(): boolean {
    return this.reconfiguredAt?.epoch === this.world.epoch;
  }

  /** Whether events wait for the first sink. */
  get isHolding(): boolean {
    return this.plan.firstSinks === undefined && this.presentSinks.every(({ unregisteredAt }) => unregisteredAt !== undefined);
  }

  /** Sinks that have a place, leaving ones included. */
  get presentSinks(): SinkRecord[] {
    return this.sinkRecords.filter(({ goneAt }) => goneAt === undefined);
  }

  /** Called inside every callback: checks the ledger, and may call the collector. */
  readonly inside = (place: string): void => {
    const { world, plan } = this;
    if (!world.isReady) return;
    world.look(place);
    if (!world.dice.chance(plan.unrest) || this.doings.isExhausted) return;
    world.count(`inside: ${place}`);
    world.within(
      () => `inside ${place}:`,
      () => {
        this.doings.one();
      },
    );
  };

  newSink(name?: string): SimulatedSink {
    this.#sinks += 1;
    const { dice } = this.world;
    const temper = dice.chance(0.35) ? 'perfect' : dice.pick(Object.keys(TEMPERS) as TemperName[]);
    return new SimulatedSink(name ?? `s${String(this.#sinks)}`, temper, this.world, {
      onProcess: (sink, call) => {
        this.processWatch.check(sink, call);
      },
      inside: this.inside,
      onAborted: (sink, call) => {
        this.timeWatch.checkAborted(sink, call);
      },
      onLate: (sink, call) => {
        this.timeWatch.checkLate(sink, call);
      },
      onAcknowledged: (sink, events) => {
        for (const event of events) {
          const record = this.records.see(event);
          if (record !== undefined) this.records.ends(record, sink.name).acknowledged += 1;
        }
      },
    });
  }

  drawLanePatch(): LanePatch | undefined {
    const { dice } = this.world;
    return dice.chance(0.5) ? drawLane(dice, this.plan.fitted) : undefined;
  }

  /** A sink was added. */
  register(sink: SimulatedSink, patch: LanePatch | undefined): void {
    const { world, plan } = this;
    const bound = patch?.maxEvents ?? plan.lane?.maxEvents;
    const { overflow, breaker } = plan.fitted;
    const defaults: LanePatch = {
      maxEvents: this.config.queue.maxEvents,
      overflow: overflow[0] ?? 'drop_oldest',
      ...(!breaker && { breaker }),
    };
    const lane = resolveLaneOptions(defaults, plan.lane, patch);
    world.note(() => `${sink.name} (${sink.temper}) has a lane: ${JSON.stringify(lane)}`);
    this.sinkRecords.push({
      sink,
      lane,
      followsConfig: bound === undefined,
      registeredAt: world.moment(),
      unregisteredAt: undefined,
      goneAt: undefined,
    });
  }

  /** The current bound of a lane. */
  maxEventsOf({ followsConfig, lane }: SinkRecord): number {
    return followsConfig ? this.config.queue.maxEvents : lane.maxEvents;
  }

  /** Something happened at every lane. */
  move(moment: Moment): void {
    for (const { sink } of this.presentSinks) sink.movedAt = moment;
  }

  /** How often a sink's lane has left each event to the next life of the program, by id. */
  keptAt(name: string): ReadonlyMap<string, number> {
    return this.store?.countsOf(name) ?? new Map();
  }

  setConsent(consent: ConsentState): void {
    this.consent = consent;
    this.consent$.next(consent);
  }

  answer(record: EventRecord, outcome: CollectOutcome): void {
    record.outcome = outcome;
    record.answeredAt = this.world.moment();
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  /** The batches being processed by the sinks whose `process` is on the stack. */
  inHand(): ReadonlyMap<string, Call> {
    const inHand = new Map<string, Call>();
    for (const { sink } of this.presentSinks) if (sink.inHand !== undefined) inHand.set(sink.name, sink.inHand);
    return inHand;
  }

  #options(sinks: readonly SimulatedSink[] | undefined): CollectorOptions {
    const { world, plan } = this;
    const fateOf = (event: { readonly data: unknown }): unknown => (event.data as { fate?: unknown } | undefined)?.fate;
    const fail = (what: string): never => {
      throw new Error(what);
    };
    return {
      lane: this.store === undefined ? plan.lane : { ...plan.lane, spool: this.store.store },
      scheduler: world.clock.scheduler,
      random: seededRandom(world.seed ^ 0x5bd1e995),
      newId: sequentialIds('b'),
      sessionId: 'session',
      ...(sinks !== undefined && { sinks }),
      ...(plan.fitted.enrichers && {
        enrichers: (event) => {
          this.inside('an enricher');
          if (fateOf(event) === 'enricher_throw') fail('enricher');
          return fateOf(event) === 'enricher_null' ? null : event;
        },
      }),
      ...(plan.validates && {
        validate: (event) => {
          this.inside('validate');
          return fateOf(event) === 'invalid' ? 'is not valid' : undefined;
        },
      }),
      ...(plan.samples && {
        sampling: {
          start: () => (event) => {
            this.inside('a sampler');
            return fateOf(event) === 'sampler_throw' ? fail('sampler') : world.dice.pick([0, 1, 1, 2]);
          },
        },
      }),
      ...(plan.redacts && {
        redaction: [{ name: 'rule', redact: (value: string, path: string) => (value === 'redactor_throw' ? fail(path) : value) }],
      }),
      ...(plan.asksForMetadata && {
        metadata: () => {
          this.inside('metadata');
          return world.dice.chance(0.1) ? fail('metadata') : { key: 'value' };
        },
      }),
      ...(this.hasGate && { consent$: this.consent$ }),
      ...(plan.stages.length > 0 && { stages: userStages(this) }),
    };
  }
}
