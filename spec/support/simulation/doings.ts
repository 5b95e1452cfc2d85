import type { Subscription } from 'rxjs';
import type { CollectorConfig } from '../../../lib/config/options.js';
import { priorityRank } from '../../../lib/event/priority.js';
import type { CollectOutcome } from '../../../lib/ledger/ledger.js';
import type { EventRecord } from './event-records.js';
import { drawPatch } from './plan.js';
import type { Simulation, Undertaking } from './simulation.js';
import type { TemperName } from './answers.js';

const OUTSIDE = {
  burst: 40,
  batch: 3,
  async: 8,
  flush: 5,
  unregister: 3,
  register: 4,
  configure: 5,
  consent: 7,
  redeliver: 6,
  pause: 3,
  retry: 3,
  audience: 6,
  temper: 3,
  metadata: 1,
  step: 5,
  freeze: 5,
  shutdown: 0.7,
};
/** A callback does less at a time, but any action. */
const MAX_INSIDE = 15;
const MAX_EVENTS = 80;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Some are as small as jitter or a busy process, and some are not. */
const STEPS_MS = [10, 500, 1_500, HOUR_MS, 30 * DAY_MS];
const FREEZES_MS = [15, 100, 900, 1_200, 3_000, 8 * HOUR_MS, 30 * DAY_MS];

type Doing = keyof typeof OUTSIDE;

/** Random calls of a collector by its user. */
export class Doings {
  readonly #simulation: Simulation;
  #left = MAX_INSIDE;
  #shutdown: Promise<unknown> | undefined;
  #events = 0;
  #pause: Subscription | undefined;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** Whether callbacks have used up their actions. */
  get isExhausted(): boolean {
    return this.#left <= 0;
  }

  /** One random action. */
  one(): void {
    const { world } = this.#simulation;
    if (world.isNested) this.#left -= 1;
    this.do(world.dice.weighted<Doing>(OUTSIDE));
  }

  do(doing: Doing): void {
    const { world, hasGate, sinkRecords } = this.#simulation;
    const { dice, collector } = world;
    this.#simulation.noteDepartures();
    world.count(`doing: ${doing}`);
    switch (doing) {
      case 'burst': {
        const count = world.isNested ? dice.int(1, 3) : dice.int(1, 12);
        for (let index = 0; index < count; index += 1) this.#collect();
        break;
      }
      case 'batch':
        this.#collectBatch();
        break;
      case 'async':
        for (let index = dice.int(1, 4); index > 0; index -= 1) this.#collectAsync();
        break;
      case 'flush': {
        const timeoutMs = dice.pick([0, 5, 50, 500, 30_000]);
        this.#undertake('flush', timeoutMs, () => collector.flush({ timeoutMs }));
        break;
      }
      case 'shutdown':
        this.shutdown();
        break;
      case 'unregister': {
        const { unregisterSink } = collector;
        if (unregisterSink === undefined) return;
        const names = this.#simulation.presentSinks.map(({ sink }) => sink.name);
        const name = names.length === 0 || dice.chance(0.05) ? 'unknown' : dice.pick(names);
        const timeoutMs = dice.pick([0, 5, 50, 500]);
        const seat = this.#simulation.presentSinks.find(({ sink }) => sink.name === name);
        const isFirst = seat?.unregisteredAt === undefined;
        if (seat !== undefined) seat.unregisteredAt ??= world.moment();
        this.#undertake('unregister', isFirst ? timeoutMs : Infinity, () => unregisterSink.call(collector, name, { timeoutMs }), name);
        break;
      }
      case 'register': {
        const taken = new Set(this.#simulation.presentSinks.map(({ sink }) => sink.name));
        const gone = sinkRecords.map(({ sink }) => sink.name).filter((name) => !taken.has(name));
        this.#register(gone.length > 0 && dice.chance(0.5) ? dice.pick(gone) : undefined);
        break;
      }
      case 'configure':
        this.#configure();
        break;
      case 'consent':
        if (!hasGate) return;
        this.#consent();
        break;
      case 'redeliver':
        this.#redeliver();
        break;
      case 'pause':
        this.#pauseOrResume();
        break;
      case 'retry':
        // Attempts follow within this instant, whatever their lane was waiting for.
        this.#simulation.retriedAt = world.clock.awake;
        world.within(
          () => 'retryNow',
          () => {
            collector.retryNow();
          },
        );
        break;
      case 'audience':
        this.#simulation.audience.change();
        break;
      case 'temper':
        if (sinkRecords.length > 0) this.#changeTemper();
        break;
      case 'metadata':
        collector.setMetadata?.({ locale: dice.pick(['de', 'en']) });
        break;
      case 'step':
        if (this.#simulation.plan.isTimeDisturbed) this.#setClock();
        break;
      case 'freeze':
        if (this.#simulation.plan.isTimeDisturbed) this.#freeze();
        break;
    }
  }

  shutdown(): void {
    const simulation = this.#simulation;
    const { world } = simulation;
    const timeoutMs = world.dice.pick([0, 10, 100, 1_000, 60_000]);
    const isFirst = simulation.shutdownCalledAt === undefined;
    simulation.shutdownCalledAt ??= world.moment();
    this.#undertake('shutdown', isFirst ? timeoutMs : Infinity, () => world.collector.shutdown({ timeoutMs }));
  }

  /** Pauses and resumes, as a page that is offline and online again. */
  #pauseOrResume(): void {
    const simulation = this.#simulation;
    const { world } = simulation;
    if (simulation.paused === undefined) {
      simulation.paused = new Set(simulation.presentSinks.map(({ sink }) => sink));
      world.within(
        () => 'pause',
        () => {
          this.#pause = world.collector.pause();
        },
      );
    } else {
      const { sinks } = world.look('before the pause ends');
      if (Object.values(sinks).some(({ pending }) => pending > 0)) world.count('pause: held events');
      simulation.paused = undefined;
      simulation.move(world.moment());
      world.within(
        () => 'resume',
        () => this.#pause?.unsubscribe(),
      );
    }
  }

  #setClock(): void {
    const { world } = this.#simulation;
    const { dice, clock } = world;
    const ms = dice.pick(STEPS_MS) * (dice.chance(0.5) ? 1 : -1);
    world.note(() => `the clock is set ${ms > 0 ? 'forward' : 'back'} by ${String(Math.abs(ms))} ms`);
    world.count(`clock: set ${ms > 0 ? 'forward' : 'back'}`);
    clock.set(ms);
  }

  #freeze(): void {
    const { world } = this.#simulation;
    const ms = world.dice.pick(FREEZES_MS);
    const hasAttempts = this.#simulation.presentSinks.some(({ sink }) => sink.open.length > 0);
    const late = world.clock.freeze(ms);
    world.note(() => `stopped for ${String(ms)} ms, ${String(late)} timers are late`);
    if (late > 0) world.count('freeze: late timers');
    if (hasAttempts) world.count('freeze: attempts in flight');
  }

  #collect(): void {
    const { world, records } = this.#simulation;
    if (this.#events >= MAX_EVENTS) return;
    if (this.#simulation.plan.tracksAll) {
      this.#collectAsync();
      return;
    }
    this.#events += 1;
    const { input, record } = records.next();
    const before = this.#scene();
    const outcome = world.within(
      () => `collect ${record.id} ${record.priority} ${record.type}${record.fate === 'plain' ? '' : ` (${record.fate})`}`,
      () => world.collector.collect(input),
    );
    world.note(() => `${record.id} is ${outcome}`);
    this.#simulation.answer(record, outcome);
    if (before.isSame(this.#scene())) this.#checkOutcome(record, outcome, before);
    world.look('after collect');
  }

  #collectBatch(): void {
    const { world, records } = this.#simulation;
    if (this.#simulation.plan.tracksAll) return;
    const count = world.dice.int(0, 6);
    if (this.#events + count > MAX_EVENTS) return;
    this.#events += count;
    const events = Array.from({ length: count }, () => records.next());
    const outcomes = world.within(
      () => `collectBatch [${events.map(({ record }) => record.id).join(' ')}]`,
      () => world.collector.collectBatch(events.map(({ input }) => input)),
    );
    world.note(() => `collectBatch returns ${JSON.stringify(outcomes)}`);
    // The outcome of each event isn't visible. An event that was seen was accepted; of the others, only the sums count.
    for (const { record } of events) record.isInBatch = true;
    for (const [outcome, times] of Object.entries(outcomes) as [CollectOutcome, number][]) {
      this.#simulation.outcomes.set(outcome, (this.#simulation.outcomes.get(outcome) ?? 0) + times);
    }
  }

  #collectAsync(): void {
    const { world, records, waiting, tracked, plan } = this.#simulation;
    const { collectTracked } = world.collector;
    if (this.#events >= MAX_EVENTS) return;
    this.#events += 1;
    const { input, record } = records.next();
    record.isAsync = true;
    if (collectTracked !== undefined && (plan.tracksAll || world.dice.chance(0.5))) {
      tracked.set(record, undefined);
      const settled = world.within(
        () => `collectTracked ${record.id} ${record.priority} ${record.type}`,
        () => collectTracked.call(world.collector, input),
      );
      void settled.then((settlement) => {
        tracked.set(record, settlement);
        world.note(() => `${record.id} has settled: ${JSON.stringify(settlement)}`);
        this.#simulation.answer(record, settlement.outcome);
      });
      return;
    }
    waiting.add(record);
    const promise = world.within(
      () => `collectAsync ${record.id} ${record.priority} ${record.type}`,
      () => world.collector.collectAsync(input),
    );
    void promise.then((outcome) => {
      waiting.delete(record);
      world.note(() => `collectAsync ${record.id} was ${outcome}`);
      this.#simulation.answer(record, outcome);
    });
  }

  #undertake(type: Undertaking['type'], timeoutMs: number, begin: () => Promise<Undertaking['report']>, name = ''): void {
    const { world, undertakings } = this.#simulation;
    const undertaking: Undertaking = {
      type,
      at: world.moment(),
      timeoutMs,
      inHand: this.#simulation.inHand(),
      isHolding: this.#simulation.isHolding,
      report: undefined,
    };
    undertakings.push(undertaking);
    const promise = world.within(() => `${type} ${name} within ${String(timeoutMs)} ms`, begin);
    if (type === 'shutdown') world.check((this.#shutdown ??= promise) === promise, () => 'a second shutdown returns another promise');
    promise.then(
      (report) => {
        undertaking.report = report;
      },
      (error: unknown) => {
        world.fail(`${type} rejected: ${String(error)}`);
      },
    );
  }

  #register(name: string | undefined): void {
    const simulation = this.#simulation;
    const { world } = simulation;
    if (simulation.presentSinks.length >= 4 || !simulation.plan.fitted.runtimeSinks) return;
    const sink = simulation.newSink(name);
    const patch = simulation.drawLanePatch();
    const { isClosed } = simulation;
    try {
      // The sink may receive a batch synchronously, so its place must be known before.
      if (!isClosed) simulation.register(sink, patch);
      world.within(
        () => `registerSink ${sink.name}`,
        () => {
          world.collector.registerSink?.(sink, patch);
        },
      );
      world.check(!isClosed, () => 'registerSink succeeds after shutdown');
    } catch (error) {
      world.check(isClosed, () => `registerSink throws ${String(error)}`);
    }
  }

  #configure(): void {
    const simulation = this.#simulation;
    const { world } = simulation;
    if (!simulation.plan.fitted.policy) return;
    const patch = drawPatch(world.dice, simulation.plan.fitted);
    const isWrong = patch.batch?.maxCount === 0;
    const before = world.collector.config;
    const maxEvents = simulation.config.queue.maxEvents;
    simulation.reconfiguredAt = world.moment();
    if (patch.queue?.maxEvents !== undefined && patch.queue.maxEvents < maxEvents) simulation.wasBoundLowered = true;
    world.within(
      () => `updateConfig ${JSON.stringify(patch)}${isWrong ? ' (wrong)' : ''}`,
      () => {
        try {
          world.collector.updateConfig?.(patch);
          simulation.streamWatch.noteLimits(false);
          world.check(!isWrong, () => 'an invalid configuration was accepted');
        } catch (error) {
          world.check(isWrong, () => `updateConfig throws ${String(error)}`);
          world.check(world.collector.config === before, () => 'a refused configuration has changed something');
        }
      },
    );
  }

  #consent(): void {
    const { world } = this.#simulation;
    const consent = world.dice.weighted({ granted: 5, denied: 2, unknown: 2 });
    world.within(
      () => `consent is ${consent}`,
      () => {
        this.#simulation.setConsent(consent);
      },
    );
  }

  #redeliver(): void {
    const { world, deadLetters, records, isClosed } = this.#simulation;
    const { collector } = world;
    if (deadLetters.length === 0) return;
    const letter = world.dice.pick(deadLetters);
    const moment = world.moment();
    // The letter may be delivered before the call returns.
    const redelivered = letter.batch.events
      .flatMap(({ id }) => records.get(id) ?? [])
      .map((record) => records.ends(record, letter.sink).redelivered);
    for (const times of redelivered) times.push(moment);
    const isTaken = world.within(
      () => `redeliver ${letter.batch.id} to ${letter.sink}`,
      () => collector.redeliver?.(letter) === true,
    );
    world.note(() => `redeliver returns ${String(isTaken)}`);
    world.count(`redeliver: ${String(isTaken)}`);
    if (!isTaken) for (const times of redelivered) times.splice(times.indexOf(moment), 1);
    world.check(!isTaken || !isClosed, () => 'redeliver succeeds after shutdown');
  }

  #changeTemper(): void {
    const { world, sinkRecords } = this.#simulation;
    const { sink } = world.dice.pick(sinkRecords);
    if (sink.temper === 'perfect') return;
    sink.temper = world.dice.pick<TemperName>(['flaky', 'dead', 'picky', 'throttled', 'mad']);
    world.note(() => `${sink.name} is ${sink.temper} now`);
  }

  /** State that decides about an outcome, and that a callback may change meanwhile. */
  #scene(): Scene {
    const { consent, isClosed } = this.#simulation;
    const { config } = this.#simulation;
    const left = this.#left;
    const isSame = (other: Scene): boolean => other.left === left;
    return { config, consent, isClosed, left, isSame };
  }

  /** Each outcome needs a reason that is visible from outside. */
  #checkOutcome(record: EventRecord, outcome: CollectOutcome, { config, consent, isClosed }: Scene): void {
    const { world, plan, hasGate } = this.#simulation;
    const { fate } = record;
    const isDenied = consent === 'denied';
    // While held events are released, new ones queue behind them.
    const isHeld = hasGate && (consent === 'unknown' || world.isNested);
    const isAdmitted = !plan.fitted.policy || admits(config, record);
    const mayPassGate = (consent !== 'unknown' || !hasGate) && !isDenied && isAdmitted && fate !== 'invalid';
    const wrong = (): string => `${record.id} (${fate}) is ${outcome}, with consent ${String(consent)}`;
    world.check((outcome === 'closed') === isClosed, wrong);
    if (isClosed) return;
    world.check((outcome === 'invalid') === (fate === 'invalid'), wrong);
    if (outcome === 'filtered') world.check(!isAdmitted || isDenied || (mayPassGate && fate === 'enricher_null'), wrong);
    if (outcome === 'sampled')
      world.check((plan.fitted.policy || plan.samples) && mayPassGate && priorityRank(record.priority) < priorityRank('high'), wrong);
    if (outcome === 'accepted') {
      const isAcceptable =
        fate === 'plain' ||
        fate.startsWith('stage_') ||
        (fate === 'sampler_throw' && priorityRank(record.priority) >= priorityRank('high'));
      world.check(isAdmitted && !isDenied && (isHeld || isAcceptable), wrong);
    }
    if (outcome === 'dropped' && fate === 'plain') {
      const hasBlock = this.#simulation.presentSinks.some(({ lane }) => lane.overflow === 'block');
      const mayBeDropped =
        hasBlock || isHeld || plan.firstSinks === undefined || plan.stages.length > 0 || config.batch.maxBytes < Infinity || world.isNested;
      world.check(mayBeDropped, wrong);
    }
  }
}

interface Scene {
  readonly config: CollectorConfig;
  readonly consent: string | undefined;
  readonly isClosed: boolean;
  readonly left: number;
  readonly isSame: (other: Scene) => boolean;
}

function admits({ enabled, privacyLevel }: CollectorConfig, { category, priority }: EventRecord): boolean {
  if (!enabled || privacyLevel === 'off') return false;
  if (privacyLevel === 'minimal' && category !== 'error') return false;
  if (privacyLevel === 'balanced' && category === 'security') return false;
  return priority !== 'low' || (category !== 'performance' && category !== 'system');
}
