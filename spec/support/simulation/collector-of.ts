import type { Observer, Subscription } from 'rxjs';
import type { CollectorFeature } from '../../../lib/collector/collector-context.js';
import type { CollectorOptions } from '../../../lib/collector/collector-options.js';
import { createCollector, type Collector } from '../../../lib/collector/collector.js';
import { EventCollector } from '../../../lib/collector/event-collector.js';
import type { AnalyticsEvent } from '../../../lib/event/event.js';
import { withBreaker } from '../../../lib/features/with-breaker.js';
import { withByteLimit } from '../../../lib/features/with-byte-limit.js';
import { withConsent } from '../../../lib/features/with-consent.js';
import { withDeadLetters, type WithDeadLetters } from '../../../lib/features/with-dead-letters.js';
import { withDiagnostics, type WithDiagnostics } from '../../../lib/features/with-diagnostics.js';
import { withEnrichers } from '../../../lib/features/with-enrichers.js';
import { withMetadata, type WithMetadata } from '../../../lib/features/with-metadata.js';
import { blocking, byPriority, withOverflow } from '../../../lib/features/with-overflow.js';
import { withPolicy, type WithPolicy } from '../../../lib/features/with-policy.js';
import { withRedaction } from '../../../lib/features/with-redaction.js';
import { withRuntimeSinks, type WithRuntimeSinks } from '../../../lib/features/with-runtime-sinks.js';
import { withSampling } from '../../../lib/features/with-sampling.js';
import { withSettlements, type WithSettlements } from '../../../lib/features/with-settlements.js';
import { withStages } from '../../../lib/features/with-stages.js';
import { withStats, type WithStats } from '../../../lib/features/with-stats.js';
import { withValidation } from '../../../lib/features/with-validation.js';
import type { Plan } from './plan.js';
import type { World } from './world.js';

type Members = WithDeadLetters & WithDiagnostics & WithMetadata & WithPolicy & WithRuntimeSinks & WithSettlements & WithStats;

/** A collector with the members of those features that it has. */
export type SimulatedCollector = Collector &
  Partial<Members> & { subscribe?(observer: Partial<Observer<AnalyticsEvent>> | ((event: AnalyticsEvent) => void)): Subscription };

/** The plan's collector: an `EventCollector`, or the kernel with the plan's features, in any order. */
export function collectorOf(
  { fitted, config }: Plan,
  options: CollectorOptions,
  { dice, count }: Pick<World, 'dice' | 'count'>,
): SimulatedCollector {
  if (fitted.isEventCollector) {
    count('fitted: EventCollector');
    return new EventCollector({ ...options, config });
  }
  const { enrichers, metadata, redaction, validate, sampling, consent$, stages, ...kernelOptions } = options;
  const features: CollectorFeature[] = [];
  const add = (name: string, isFitted: unknown, feature: () => CollectorFeature): void => {
    if (isFitted === undefined || isFitted === false) return;
    count(`fitted: ${name}`);
    features.splice(dice.int(0, features.length), 0, feature());
  };
  const [first, ...others] = fitted.overflow.flatMap((policy) =>
    policy === 'block' ? blocking() : policy === 'drop_lowest_priority' ? byPriority() : [],
  );
  add('withOverflow', first, () => withOverflow(first ?? byPriority(), ...others));
  add('withBreaker', fitted.breaker, () => withBreaker());
  add('withByteLimit', fitted.byteLimit, () => withByteLimit(fitted.byteLimit));
  add('withPolicy', fitted.policy, () => withPolicy(config));
  add('withMetadata', fitted.metadata, () => withMetadata(metadata));
  add('withValidation', validate, () => withValidation(validate ?? (() => undefined)));
  add('withConsent', consent$, () => withConsent(consent$ as NonNullable<typeof consent$>));
  add('withSampling', sampling, () => withSampling(sampling as NonNullable<typeof sampling>));
  add('withEnrichers', fitted.enrichers, () => withEnrichers(...[enrichers ?? []].flat()));
  add('withRedaction', redaction, () => withRedaction(redaction ?? []));
  add('withStages', stages, () => withStages(...(stages ?? [])));
  add('withRuntimeSinks', fitted.runtimeSinks, () => withRuntimeSinks());
  add('withDeadLetters', fitted.deadLetters, () => withDeadLetters());
  add('withDiagnostics', fitted.diagnostics, () => withDiagnostics());
  add('withSettlements', fitted.settlements, () => withSettlements());
  add('withStats', fitted.stats, () => withStats());
  const { maxCount = 100, maxAgeMs = 30_000 } = config.batch ?? {};
  return createCollector({ ...kernelOptions, ...(!fitted.policy && { batch: { maxCount, maxAgeMs } }) }, ...features);
}
