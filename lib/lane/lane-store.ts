import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, anInteger, checkArgument } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { EventSink } from '../sink/sink.js';
import { DurableLane } from './durable-lane.js';
import { Lane, type LaneEnv } from './lane.js';
import type { LaneSettings } from './lane-options.js';
import type { LaneStore, LaneStoreLimits, LaneStoreSession } from './lane-spool.js';
import { Spool } from './spool.js';
import { StoredDeadLetters, type StoredDeadLettersEnv } from './stored-dead-letters.js';

/**
 * Creates a store for durable lanes from functions that store text.
 *
 * `open` is called for each sink that uses the store, with the sink's name.
 *
 * @throws TypeError if `open` is not a function, and for an invalid or unknown limit
 */
export function laneStore(open: (sink: string) => LaneStoreSession, limits?: LaneStoreLimits): LaneStore {
  checkArgument('open', open, aFunction);
  const parsed = LIMITS.parse(limits);
  const store: LaneStore & StoreParts = {
    open: (sink, onError, scheduler = backgroundScheduler) => new Spool(open(sink), { onError, limits: parsed, scheduler }),
    createLane: (sink, options, env) => new DurableLane(store, sink, options, env),
    createDeadLetters: (env) => new StoredDeadLetters(store, env),
  };
  return store;
}

/** The code for durable lanes, which the store carries, so that a bundle without a store doesn't contain it. */
interface StoreParts {
  readonly createLane: <E>(sink: EventSink<E>, options: LaneSettings, env: LaneEnv<E>) => Lane<E>;
  readonly createDeadLetters: <E>(env: StoredDeadLettersEnv) => StoredDeadLetters<E>;
}

const partsOf = (store: LaneStore): StoreParts => store as LaneStore & StoreParts;

/** Creates a lane; a durable one if its options have a store. */
export const createLane = <E>(sink: EventSink<E>, options: LaneSettings, env: LaneEnv<E>): Lane<E> =>
  options.spool === undefined ? new Lane(sink, options, env) : partsOf(options.spool).createLane(sink, options, env);

/** Creates the dead letters of a store. */
export const createDeadLetters = <E>(store: LaneStore, env: StoredDeadLettersEnv): StoredDeadLetters<E> =>
  partsOf(store).createDeadLetters(env);

/** The limits of a store, as rows of an options table. */
export const limitRows = () => ({ maxEvents: [anInteger(1, true), Infinity], maxAgeMs: [anInteger(0, true), Infinity] }) as const;

const LIMITS = /* @__PURE__ */ optionsOf<LaneStoreLimits>(() => ({ ...limitRows(), maxBytes: [anInteger(1, true), Infinity] }));
