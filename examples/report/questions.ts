import type {
  EventActorKey,
  EventCohort,
  EventCount,
  EventFunnelStep,
  EventPercentiles,
  EventStore,
  EventTimeUnit,
} from 'rx-event-collector/node';
import { actorOf } from '../live/store-questions.js';

/** What is asked, beyond the defaults. */
export interface Asked {
  readonly by: EventActorKey | undefined;
  readonly steps: readonly string[] | undefined;
  readonly withinMs: number | undefined;
}

export interface Questions {
  readonly stats: ReturnType<EventStore['stats']>;
  /** The interval of the first three. */
  readonly unit: EventTimeUnit;
  readonly overTime: readonly EventCount<readonly [start: number, type: string]>[];
  readonly types: readonly EventCount<string>[];
  readonly percentiles: readonly EventPercentiles<string>[];
  readonly by: EventActorKey;
  /** Whether events are missing, so that numbers of actors are lower bounds. */
  readonly isSampled: boolean;
  readonly actors: readonly { readonly key: number; readonly count: number }[];
  readonly withinMs: number;
  readonly funnel: readonly EventFunnelStep[];
  readonly cohorts: readonly EventCohort[];
}

export const SHARES = [0.5, 0.9, 0.99] as const;
const MAX_STEPS = 4;
const HOUR_MS = 3_600_000;
const MAX_PERIODS = 12;

export function questionsTo(store: EventStore, { by: given, steps, withinMs = HOUR_MS }: Asked): Questions {
  const stats = store.stats();
  const unit = unitFor((stats.newest ?? 0) - (stats.oldest ?? 0));
  const types = store.countBy('type');
  const by = given ?? actorOf(store);
  const sampling = 'ignored';
  return {
    stats,
    unit,
    overTime: store.countBy([unit, 'type']),
    types,
    percentiles: store.percentiles(SHARES, { by: 'type' }),
    by,
    isSampled: stats.weight !== stats.events,
    actors: store.countDistinct(by, { by: unit, sampling }),
    withinMs,
    funnel: types.length === 0 ? [] : store.funnel(steps ?? types.slice(0, MAX_STEPS).map(({ key }) => key), by, withinMs, { sampling }),
    cohorts: store.retention(by, unit, { periods: MAX_PERIODS, sampling }),
  };
}

/** The smallest interval of which the whole time has few enough to be drawn. */
function unitFor(rangeMs: number): EventTimeUnit {
  if (rangeMs <= 3 * HOUR_MS) return 'minute';
  if (rangeMs <= 7 * 24 * HOUR_MS) return 'hour';
  return rangeMs <= 180 * 24 * HOUR_MS ? 'day' : 'week';
}
