import { bufferCount, concatMap, delay, filter, map, mergeAll, of, take, type MonoTypeOperatorFunction } from 'rxjs';
import type { AnalyticsEvent } from '../../../lib/event/event.js';
import type { StageKind } from './plan.js';
import type { Simulation } from './simulation.js';

type Stage = MonoTypeOperatorFunction<AnalyticsEvent>;

/** The plan's stages. The collector must end their timers. */
export function userStages(simulation: Simulation): Stage[] {
  return simulation.plan.stages.map((kind) => userStage(simulation, kind));
}

function userStage(simulation: Simulation, kind: StageKind): Stage {
  const { world, records } = simulation;
  const fateOf = (event: AnalyticsEvent): unknown => (event.data as { fate?: unknown }).fate;
  switch (kind) {
    case 'pass':
      return map((event) => {
        simulation.inside('a stage');
        return event;
      });
    case 'filter':
      return filter((event) => fateOf(event) !== 'stage_filter');
    case 'delay':
      return delay(world.dice.int(1, 30), world.clock.scheduler);
    case 'gather':
      return (source) => source.pipe(bufferCount(3), mergeAll());
    case 'double':
      return concatMap((event) => (world.dice.chance(0.2) ? of(event, records.double(event)) : of(event)));
    case 'throw':
      return map((event) => {
        if (fateOf(event) === 'stage_throw') throw new Error('stage');
        return event;
      });
    case 'end':
      return world.dice.chance(0.3) ? take(world.dice.int(1, 20)) : map((event) => event);
  }
}
