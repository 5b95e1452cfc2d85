import { concat, delay, merge, of, Subject, tap, throwError, timer, type Observable } from 'rxjs';
import type { ConfigPatch } from '../../lib/config/options.js';
import type { CollectorFeature } from '../../lib/collector/collector-context.js';
import type { CollectorOptions } from '../../lib/collector/collector-options.js';
import { createCollector, type Collector } from '../../lib/collector/collector.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { AnalyticsEvent, EventInput } from '../../lib/event/event.js';
import {
  byPriority,
  redaction,
  sampling,
  withBreaker,
  withByteLimit,
  withConsent,
  withEnrichers,
  withEventDefaults,
  withMetadata,
  withOverflow,
  withPolicy,
  withRedaction,
  withSampling,
  withStages,
  withValidation,
} from '../../lib/index.js';
import type { LanePatch } from '../../lib/lane/lane-options.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { marbles } from '../../lib/testing/marbles.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';
import { expectBalanced } from './books.js';
import { Dice } from './simulation/dice.js';

/** One way of using a feature: as an option of `EventCollector`, and as a feature. */
interface Part {
  readonly options: CollectorOptions;
  readonly feature: CollectorFeature;
}

/** A setup for both an `EventCollector` and a kernel with features. */
export class Setup {
  readonly consent$ = new Subject<ConsentState>();
  readonly parts: readonly Part[];
  readonly #seed: number;
  readonly #lane: LanePatch;
  readonly #laneParts: readonly CollectorFeature[];
  readonly #config: ConfigPatch;
  readonly #policy: CollectorFeature | undefined;

  constructor(seed: number) {
    this.#seed = seed;
    const dice = new Dice(seed);
    this.parts = dice.some(this.#allParts(), 0.4);
    const hasBreaker = dice.chance(0.5);
    const hasPriority = dice.chance(0.5);
    const hasPolicy = dice.chance(0.5);
    const hasBytes = hasPolicy && dice.chance(0.4);
    const batch = { maxCount: dice.int(1, 6), maxAgeMs: dice.pick([0, 10, 50]), ...(hasBytes && { maxBytes: dice.int(300, 900) }) };
    this.#config = hasPolicy
      ? { batch, queue: { maxEvents: dice.int(3, 20) }, sampling: { rate: dice.pick([0.5, 1]), minPerWindow: 1, windowMs: 20 } }
      : { ...EVERY_EVENT, batch };
    this.#policy = hasPolicy ? withPolicy(this.#config) : undefined;
    this.#lane = {
      concurrency: dice.int(1, 2),
      timeoutMs: 30,
      maxEvents: hasPolicy ? undefined : dice.int(3, 20),
      retry: { maxAttempts: 3, baseDelayMs: 5, maxDelayMs: 20 },
      ...(hasPriority ? {} : { overflow: dice.pick(['drop_oldest', 'drop_newest'] as const) }),
    };
    this.#laneParts = [
      ...(hasBreaker ? [withBreaker()] : []),
      ...(hasPriority ? [withOverflow(byPriority())] : []),
      ...(hasBytes ? [withByteLimit()] : []),
    ];
    this.hasBreaker = hasBreaker;
  }

  readonly hasBreaker: boolean;

  full(): Collector {
    const options = Object.assign({}, ...this.parts.map((part) => part.options)) as CollectorOptions;
    return new EventCollector({
      ...this.#common(),
      ...options,
      config: this.#config,
      lane: { ...this.#lane, ...(!this.hasBreaker && { breaker: false as const }) },
    });
  }

  /** The kernel with the features that are needed, in an order drawn by `order`. */
  small(order: number): Collector {
    const features = [...this.parts.map(({ feature }) => feature), ...this.#laneParts, ...(this.#policy ? [this.#policy] : [])];
    const random = seededRandom(order);
    const shuffled = features
      .map((feature) => ({ feature, place: random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ feature }) => feature);
    const { maxCount, maxAgeMs } = this.#config.batch ?? {};
    return createCollector(
      { ...this.#common(), lane: this.#lane, ...(this.#policy === undefined && { batch: { maxCount, maxAgeMs } }) },
      ...shuffled,
    );
  }

  #common(): CollectorOptions {
    const dice = new Dice(this.#seed);
    return {
      sinks: [aSink('one', new Dice(this.#seed + 1)), aSink('two', new Dice(this.#seed + 2))].slice(dice.int(0, 1)),
      newId: sequentialIds('id'),
      sessionId: 'session',
      random: seededRandom(this.#seed),
    };
  }

  #allParts(): Part[] {
    const enricher = (event: AnalyticsEvent): AnalyticsEvent | null => (event.data === 3 ? null : { ...event, weight: event.weight * 2 });
    const rules = [redaction.email()];
    const defaults = { own_type: { priority: 'high', category: 'business' } } as const;
    const validate = ({ data }: AnalyticsEvent): string | undefined => (data === 5 ? 'is 5' : undefined);
    const strategy = sampling.consistent({ rate: 0.5, key: ({ data }) => data });
    const stage = delay<AnalyticsEvent>(3);
    const metadata = { tenant: 'ada@example.org' };
    return [
      { options: { enrichers: enricher }, feature: withEnrichers(enricher) },
      { options: { redaction: rules }, feature: withRedaction(rules) },
      { options: { eventDefaults: defaults }, feature: withEventDefaults(defaults) },
      { options: { validate }, feature: withValidation(validate) },
      { options: { sampling: strategy }, feature: withSampling(strategy) },
      { options: { stages: [stage] }, feature: withStages(stage) },
      { options: { metadata }, feature: withMetadata(metadata) },
      { options: { consent$: this.consent$ }, feature: withConsent(this.consent$) },
    ];
  }
}

/** The configuration of a collector without policy. */
const EVERY_EVENT: ConfigPatch = {
  privacyLevel: 'full',
  categories: {
    performance: { minPriority: 'low', sampling: { rate: 1, minPerWindow: 1, windowMs: 1_000 } },
    system: { minPriority: 'low' },
  },
};

function aSink(name: string, dice: Dice): EventSink {
  const answer = (): Observable<unknown> => {
    const kind = dice.weighted({ success: 6, late: 3, unavailable: 1, rejected: 1, silence: 0.5 });
    if (kind === 'success') return of();
    if (kind === 'silence') return new Subject();
    if (kind === 'late') return timer(dice.int(1, 15));
    return concat(
      timer(dice.int(0, 5)).pipe(tap()),
      throwError(() => new SinkError(kind, 'no')),
    );
  };
  return { name, process: answer };
}

const TYPES = ['feature_used', 'response_latency', 'error_occurred', 'own_type', 'auth_attempted', ''];
const PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;

/** Passes the same inputs to a collector of `setup`, and returns all its outputs: outcomes, events, batches, deliveries, stats. */
export function logOf(seed: number, setup: Setup, create: () => Collector): string[] {
  const log: string[] = [];
  const note = (what: string, value: unknown): void => {
    log.push(`${what} ${JSON.stringify(value, (_key, each: unknown) => (each instanceof Error ? String(each) : each))}`);
  };
  marbles(() => {
    const dice = new Dice(seed ^ 0x2f6e2b1);
    const collector = create();
    collector.events$.subscribe((event) => {
      note('event', event);
    });
    collector.batches$.subscribe((batch) => {
      note('batch', batch);
    });
    collector.deliveries$.subscribe((delivery) => {
      note('delivery', delivery);
    });
    let pause: { unsubscribe(): void } | undefined;
    const one = (): void => {
      switch (dice.weighted({ collect: 12, consent: 2, pause: 1, retry: 1, flush: 1 })) {
        case 'collect':
          for (let count = dice.int(1, 5); count > 0; count -= 1) note('outcome', collector.collect(anInput(dice)));
          break;
        case 'consent':
          setup.consent$.next(dice.weighted({ granted: 4, denied: 1, unknown: 1 }));
          break;
        case 'pause':
          pause?.unsubscribe();
          pause = pause === undefined ? collector.pause() : undefined;
          break;
        case 'retry':
          collector.retryNow();
          break;
        case 'flush':
          collector.flush().catch(() => undefined);
      }
      note('stats', expectBalanced(collector));
    };
    const times = Array.from({ length: 30 }, () => dice.int(0, 200)).sort((a, b) => a - b);
    merge(...times.map((time) => timer(time))).subscribe(one);
    timer(250).subscribe(() => {
      collector.shutdown({ timeoutMs: 100 }).catch(() => undefined);
    });
    timer(400).subscribe(() => {
      note('end', expectBalanced(collector));
    });
  });
  return log;
}

function anInput(dice: Dice): EventInput {
  const priority = dice.pick(PRIORITIES);
  return { type: dice.pick(TYPES), data: dice.chance(0.1) ? 'ada@example.org' : dice.int(0, 9), ...(dice.chance(0.5) && { priority }) };
}
