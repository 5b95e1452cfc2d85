import { checkEnd } from './end-checks.js';
import { Simulation } from './simulation.js';
import { checkShutdown, checkStep } from './step-checks.js';
import type { Trace } from './world.js';

/** More actions of the clock than this indicate an endless loop. */
const MAX_ACTIONS = 20_000;

/** A violated guarantee; the seed reproduces it. */
export class Violation extends Error {
  readonly seed: number;

  constructor(seed: number, violation: string) {
    super(`seed ${String(seed)}: ${violation}\n    npm run simulate -- --seed ${String(seed)}`);
    this.name = 'Violation';
    this.seed = seed;
  }
}

/**
 * Runs a collector through random inputs and faults in virtual time. The seed decides everything. Returns how often each kind
 * of action happened.
 *
 * @throws Violation for the first violated guarantee
 */
export async function simulate(seed: number, trace?: Trace): Promise<ReadonlyMap<string, number>> {
  const simulation = new Simulation(seed, trace);
  const { world } = simulation;
  const { stackTraceLimit } = Error;
  // Stack traces of a thousand errors and abort signals would take half of the time, and only replaying a seed needs them.
  if (trace === undefined) Error.stackTraceLimit = 0;
  try {
    drive(simulation);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  const { violation } = world;
  if (violation === undefined) {
    // Promises don't run in virtual time: all of them are settled by now.
    await new Promise(setImmediate);
    checkEnd(simulation);
  }
  if (world.violation !== undefined) throw new Violation(seed, world.violation);
  return world.tally;
}

function drive(simulation: Simulation): void {
  const { world, plan, doings } = simulation;
  const { clock, dice } = world;
  let left = plan.steps;
  const next = (): void => {
    left -= 1;
    if (left === 0) doings.shutdown();
    else doings.one();
    // A few calls are made after the shutdown.
    if (left > -3) clock.later(dice.chance(0.4) ? 0 : dice.pick([1, 5, 20, 100]), next);
  };
  clock.later(0, next);
  let isShutDown = false;
  for (let actions = 0; clock.nextAt !== undefined && world.violation === undefined; actions += 1) {
    world.epoch += 1;
    simulation.streamWatch.noteLimits(true);
    const thrown = clock.step();
    if (thrown !== undefined) world.fail(`something threw: ${thrown instanceof Error ? String(thrown.stack) : JSON.stringify(thrown)}`);
    checkStep(simulation);
    if (!isShutDown && simulation.shutdownEndedAt !== undefined) {
      isShutDown = true;
      checkShutdown(simulation);
    }
    if (actions > MAX_ACTIONS) world.fail('it runs in circles');
  }
  world.check(isShutDown || world.violation !== undefined, () => 'the shutdown never ended');
}
