import type { ConfigPatch } from '../../../lib/config/options.js';
import type { LanePatch, OverflowPolicy } from '../../../lib/lane/lane-options.js';
import type { Dice } from './dice.js';
import type { Fate } from './event-records.js';

/** Custom operators that a simulation may add to the pipeline. */
const STAGES = ['pass', 'filter', 'delay', 'gather', 'double', 'throw', 'end'] as const;
export type StageKind = (typeof STAGES)[number];

/** The collector and its features, besides those that other parts of the plan describe. */
export interface Fitted {
  /** It has every feature. */
  readonly isEventCollector: boolean;
  readonly policy: boolean;
  readonly enrichers: boolean;
  readonly metadata: boolean;
  readonly byteLimit: number | undefined;
  /** The policies of `withOverflow`, the default first. */
  readonly overflow: readonly OverflowPolicy[];
  readonly breaker: boolean;
  readonly runtimeSinks: boolean;
  readonly deadLetters: boolean;
  readonly diagnostics: boolean;
  readonly stats: boolean;
  readonly settlements: boolean;
}

/** How one simulation is set up. */
export interface Plan {
  readonly fitted: Fitted;
  /** Number of actions from outside; the last one is the shutdown. */
  readonly steps: number;
  /** Probability that a callback calls the collector. */
  readonly unrest: number;
  /** Sinks passed to the constructor; `undefined` leaves the option out. */
  readonly firstSinks: number | undefined;
  readonly consent: 'none' | 'silent' | 'granted';
  readonly stages: readonly StageKind[];
  readonly samples: boolean;
  readonly redacts: boolean;
  readonly validates: boolean;
  readonly asksForMetadata: boolean;
  readonly config: ConfigPatch;
  readonly lane: LanePatch | undefined;
  /** Every event is collected by `collectTracked`. */
  readonly tracksAll: boolean;
  /** Whether the wall clock is set and the process is stopped. */
  readonly isTimeDisturbed: boolean;
  readonly fates: Readonly<Partial<Record<Fate, number>>>;
}

function drawFitted(dice: Dice): Fitted {
  const isEventCollector = dice.chance(0.3);
  const isFitted = (): boolean => isEventCollector || dice.chance(0.5);
  return {
    isEventCollector,
    policy: isFitted(),
    enrichers: isFitted(),
    metadata: isFitted(),
    byteLimit: isEventCollector ? Infinity : dice.chance(0.5) ? dice.pick([Infinity, dice.int(300, 2_000)]) : undefined,
    overflow: isEventCollector
      ? ['drop_lowest_priority', 'block']
      : dice.pick([[], ['block'], ['drop_lowest_priority'], ['block', 'drop_lowest_priority'], ['drop_lowest_priority', 'block']]),
    breaker: isFitted(),
    runtimeSinks: isFitted(),
    deadLetters: isFitted(),
    diagnostics: isFitted(),
    stats: isFitted(),
    settlements: isFitted(),
  };
}

export function drawPlan(dice: Dice): Plan {
  const fitted = drawFitted(dice);
  const stages = dice.chance(0.2) ? dice.some(STAGES, 0.35) : [];
  const samples = dice.chance(0.1);
  const redacts = dice.chance(0.1);
  const validates = dice.chance(0.3);
  const firstSinks = dice.weighted({ some: 7, none: 1, open: 2 }) === 'some' ? dice.int(1, 3) : dice.chance(0.4) ? 0 : undefined;
  return {
    fitted,
    steps: dice.int(6, 18),
    unrest: dice.chance(0.3) ? 0 : dice.pick([0.02, 0.05, 0.15]),
    firstSinks: fitted.runtimeSinks ? firstSinks : (firstSinks ?? 1),
    consent: dice.chance(0.3) ? dice.pick(['silent', 'granted']) : 'none',
    stages,
    samples,
    redacts,
    validates,
    asksForMetadata: fitted.metadata && dice.chance(0.1),
    config: { privacyLevel: dice.pick(['balanced', 'full']), batch: drawBatch(dice, fitted), queue: { maxEvents: dice.int(2, 40) } },
    lane: dice.chance(0.5) ? drawLane(dice, fitted) : undefined,
    tracksAll: fitted.settlements && dice.chance(0.3),
    isTimeDisturbed: dice.chance(0.5),
    fates: {
      plain: 40,
      ...(fitted.enrichers && { enricher_null: 1, enricher_throw: 1 }),
      ...(validates && { invalid: 1 }),
      ...(samples && { sampler_throw: 1 }),
      ...(redacts && { redactor_throw: 1 }),
      ...(stages.includes('filter') && { stage_filter: 3 }),
      ...(stages.includes('throw') && { stage_throw: 2 }),
    },
  };
}

function drawBatch(dice: Dice, { byteLimit }: Fitted): NonNullable<ConfigPatch['batch']> {
  return {
    maxCount: dice.pick([1, 2, 3, 5, 8, 20]),
    maxBytes: byteLimit !== undefined && dice.chance(0.2) ? dice.int(300, 2_000) : Infinity,
    maxAgeMs: dice.pick([0, 1, 10, 50, 200]),
  };
}

/** A change of the configuration, sometimes an invalid one. */
export function drawPatch(dice: Dice, fitted: Fitted): ConfigPatch {
  switch (dice.weighted({ batch: 5, queue: 3, sampling: 2, privacy: 2, reset: 1, wrong: 1 })) {
    case 'batch':
      return { batch: dice.chance(0.5) ? drawBatch(dice, fitted) : { maxCount: dice.int(1, 6) } };
    case 'queue':
      return { queue: { maxEvents: dice.int(1, 20) } };
    case 'sampling':
      return { sampling: { rate: dice.pick([0, 0.5, 1]), minPerWindow: dice.int(0, 3), windowMs: 50 } };
    case 'privacy':
      return dice.chance(0.7)
        ? { privacyLevel: 'full', enabled: true }
        : { privacyLevel: dice.pick(['off', 'minimal', 'balanced']), enabled: dice.chance(0.9) };
    case 'reset':
      return { sampling: undefined, privacyLevel: undefined, enabled: undefined };
    case 'wrong':
      return { batch: { maxCount: 0 }, enabled: false };
  }
}

export function drawLane(dice: Dice, { overflow, breaker }: Fitted): LanePatch {
  const policies = [...overflow, 'drop_oldest', 'drop_newest'] as const;
  return {
    concurrency: dice.weighted({ one: 6, two: 2, three: 1 }) === 'one' ? 1 : dice.int(2, 3),
    overflow: dice.pick(policies),
    maxEvents: dice.chance(0.5) ? dice.int(1, 30) : undefined,
    timeoutMs: dice.chance(0.05) ? Infinity : dice.int(5, 80),
    retry: {
      maxAttempts: dice.int(1, 5),
      maxElapsedMs: dice.pick([50, 300, 2_000]),
      baseDelayMs: dice.int(0, 30),
      maxDelayMs: dice.int(5, 150),
      jitter: dice.pick(['full', 'none']),
    },
    ...(breaker && { breaker: dice.chance(0.4) ? false : { failures: dice.int(1, 4), openMs: dice.int(10, 150) } }),
  };
}
