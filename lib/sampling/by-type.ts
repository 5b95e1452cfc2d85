import type { CollectorConfig, SamplingConfig } from '../config/options.js';
import { policyTable, type PolicyTable } from '../config/policy.js';
import { resolveConfig } from '../config/resolve-config.js';
import type { AnalyticsEvent } from '../event/event.js';
import { startMinPerWindow } from './min-per-window.js';
import type { Sampler, SamplingEnv, SamplingStrategy } from './strategy.js';

/**
 * Samples by a collector's configuration: each event by the `sampling` of its type's override, otherwise of its category. Each type has its own
 * windows, as in `minPerWindow`. `withPolicy` and `EventCollector` use this strategy by default.
 *
 * @throws ConfigError for an invalid configuration
 * @example
 * const config = resolveConfig({ overrides: { cache_hit: { sampling: { rate: 0, minPerWindow: 1, windowMs: 1_000 } } } });
 * const sample = sampling.byType(config).start({ now: () => 0, random: () => 0 });
 * const hit = createEvent({ type: 'cache_hit', data: {} });
 * const failure = createEvent({ type: 'error_occurred', data: {} });
 * expect([hit, hit, failure, failure].map(sample)).to.deep.equal([1, 0, 1, 1]);
 */
export function byType(config: CollectorConfig): SamplingStrategy<AnalyticsEvent> {
  const resolved = resolveConfig(config);
  return Object.freeze<SamplingStrategy<AnalyticsEvent>>({ start: (env) => startByType(resolved, env).sample });
}

/** A running `byType` whose configuration may change. */
export interface TypeSampler {
  readonly sample: Sampler<AnalyticsEvent>;
  /** Changes the configuration from the next event on. A sampling with the same values keeps its windows; others start with fresh state. */
  readonly update: (config: CollectorConfig) => void;
}

export function startByType(config: CollectorConfig, env: SamplingEnv): TypeSampler {
  let policyOf: PolicyTable;
  let samplers = new Map<SamplingConfig, Sampler<AnalyticsEvent>>();
  /** The samplers, which count by type. Equal samplings share one. */
  let byValue = new Map<string, Sampler<AnalyticsEvent>>();
  const update = (next: CollectorConfig): void => {
    const before = byValue;
    policyOf = policyTable(next);
    byValue = new Map();
    samplers = new Map();
    for (const sampling of samplingsOf(next)) {
      const { rate, minPerWindow, windowMs } = sampling;
      const value = String([rate, minPerWindow, windowMs]);
      const sampler = byValue.get(value) ?? before.get(value) ?? startMinPerWindow(rate, minPerWindow, windowMs, env);
      byValue.set(value, sampler);
      samplers.set(sampling, sampler);
    }
  };
  update(config);
  return {
    update,
    sample(event) {
      const { sampling } = policyOf(event.type, event.category);
      // Most events need neither a counter nor a random number.
      return sampling.rate === 1 ? 1 : (samplers.get(sampling) as Sampler<AnalyticsEvent>)(event);
    },
  };
}

function samplingsOf({ sampling, categories, overrides }: CollectorConfig): SamplingConfig[] {
  const policies = [...Object.values(categories), ...Object.values(overrides)];
  return [sampling, ...policies.flatMap((policy) => policy.sampling ?? [])];
}
