import { asyncScheduler, Subject } from 'rxjs';
import type { CollectorConfig, ConfigPatch } from '../config/options.js';
import { mergePatch, resolveConfig } from '../config/resolve-config.js';
import type { AnalyticsEvent } from '../event/event.js';
import { safeIds } from '../event/safe-ids.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { defaultRandom } from '../internal/default-random.js';
import { inTurns, Turns } from '../internal/turns.js';
import { resolveLaneOptions, type LanePatch } from '../lane/lane-options.js';
import type { BatchLimits } from '../operators/batch.js';
import type { EventSink } from '../sink/sink.js';
import { openAccounts } from './accounts.js';
import { checkCollectorOptions } from './check-collector-options.js';
import type { CollectorOptions } from './collector-options.js';
import { openEndings } from './endings.js';
import { FrontDoor } from './front-door.js';
import { Intake } from './intake.js';
import { keepAlive } from './keep-alive.js';
import { Outlet } from './outlet.js';
import type { Parts } from './parts.js';
import { pipeline } from './pipeline.js';
import { openSeats, type Seat } from './seats.js';

export type Rooms<E extends AnalyticsEvent> = ReturnType<typeof assemble<E>>;

/** Puts the rooms of a collector together around the pipeline of `pipeline.ts`, and starts it. */
export function assemble<E extends AnalyticsEvent>(options: CollectorOptions<E>) {
  checkCollectorOptions(options);
  const { scheduler = backgroundScheduler, random = defaultRandom, sinks, stages = [], lane: defaultLane } = options;
  /** What differs from the defaults, as the user gave it. */
  let patch = mergePatch({}, options.config);
  let config = resolveConfig(patch);
  resolveLaneOptions(defaultLane);
  const newId = safeIds(options.newId, () => scheduler.now());
  const sessionId = options.sessionId ?? newId();
  const cuts = new Subject<void>();
  const limits = new Subject<BatchLimits>();
  const joins = new Subject<Seat<E>>();
  const cut = (): void => {
    cuts.next();
  };

  const accounts = openAccounts(stages.length > 0, scheduler);
  const turns = new Turns((error) => {
    accounts.threw('pipeline', error);
  }, accounts.changed);
  const parts: Parts = {
    accounts,
    turns,
    scheduler: inTurns(scheduler, turns),
    awake$: keepAlive(options.scheduler ?? asyncScheduler),
    random,
    newId,
    maxHeld: () => config.queue.maxEvents,
    cut,
  };
  const seats = openSeats<E>(parts, defaultLane);
  const intake = new Intake<E>({ ...options, accounts, random, scheduler, sessionId }, config);
  const outlet = new Outlet<E>({ ...parts, stages, sessionId, holdsEarlyEvents: sinks === undefined, isDenied: () => door.isDenied });
  const door: FrontDoor<E> = new FrontDoor<E>({ ...parts, intake, outlet, seats });

  const { batches$, deliveries$ } = pipeline<E>({
    events: outlet.events,
    untilSink: outlet.untilSink,
    batching: {
      ...config.batch,
      urgent: ({ priority }) => priority === 'critical',
      flushWhen: cuts,
      limits$: limits,
      sizeOf: intake.sizeOf,
      scheduler: parts.scheduler,
      newId,
      onReject: (_event, reason, error) => {
        outlet.loseUnbatched(reason === 'too_large' ? reason : 'stage_error', error);
      },
    },
    onBatch: (batch) => {
      outlet.bookBatch(batch);
      seats.announce(batch.events.length);
    },
    sinks$: joins,
  });
  // Keeps the pipeline running, whoever else watches it.
  const running = deliveries$.subscribe((delivery) => {
    accounts.delivered(delivery);
    door.admitWaiting();
  });
  running.add(batches$.subscribe());

  // The end: every observable completes, and nothing is left that could fire.
  const complete = (): void => {
    door.stop();
    outlet.complete();
    joins.complete();
    running.unsubscribe();
    accounts.complete();
  };
  const endings = openEndings<E>({ ...parts, door, outlet, seats, complete });

  return {
    sessionId,
    accounts,
    turns,
    seats,
    intake,
    outlet,
    door,
    endings,
    batches$,
    deliveries$,

    config: (): CollectorConfig => config,

    register(sink: EventSink<E>, lane: LanePatch | undefined): void {
      if (door.isClosed) throw new Error('Expected a running collector, got one that is shut down');
      const seat = seats.open(sink, lane, config.queue.maxEvents);
      turns.defer(() => {
        // What is open counts as processed already: it is nobody's, the new sink's neither.
        if (outlet.processesAtOnce) cut();
        seat.takesBatches = true;
        joins.next(seat);
        outlet.gainSink();
      }, turns.depth);
    },

    /** @throws ConfigError with every fault; then nothing has changed */
    updateConfig(changes: ConfigPatch): void {
      const merged = mergePatch(patch, changes);
      config = resolveConfig(merged);
      patch = merged;
      const { batch, queue } = config;
      intake.configure(config);
      turns.defer(() => {
        limits.next(batch);
        for (const { lane, followsConfig } of seats.all.values()) if (followsConfig) lane.setMaxEvents(queue.maxEvents);
        outlet.trimEarly(queue.maxEvents, 'no_sink');
        door.trimHeld();
        door.admitWaiting();
      }, turns.depth);
    },
  };
}
