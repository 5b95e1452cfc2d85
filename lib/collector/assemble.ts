import { asyncScheduler, Subject } from 'rxjs';
import type { CollectorConfig, ConfigPatch } from '../config/options.js';
import { mergePatch, resolveConfig } from '../config/resolve-config.js';
import type { AnalyticsEvent } from '../event/event.js';
import { safeIds } from '../event/safe-ids.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { defaultRandom } from '../internal/default-random.js';
import { onTrampoline, Trampoline } from '../internal/trampoline.js';
import { resolveLaneOptions, type LanePatch } from '../lane/lane-options.js';
import type { BatchLimits } from '../operators/batch.js';
import type { EventSink } from '../sink/sink.js';
import { openRecorder } from './recorder.js';
import { checkCollectorOptions } from './check-collector-options.js';
import type { CollectorOptions } from './collector-options.js';
import { openLifecycle } from './lifecycle.js';
import { Admission } from './admission.js';
import { EventProcessor } from './event-processor.js';
import { keepAlive } from './keep-alive.js';
import { Publisher } from './publisher.js';
import type { Parts } from './parts.js';
import { pipeline } from './pipeline.js';
import { openSinkRegistry, type RegisteredSink } from './sink-registry.js';

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
  const joins = new Subject<RegisteredSink<E>>();
  const cut = (): void => {
    cuts.next();
  };

  const recorder = openRecorder(stages.length > 0, scheduler);
  const trampoline = new Trampoline((error) => {
    recorder.threw('pipeline', error);
  }, recorder.changed);
  const parts: Parts = {
    recorder,
    trampoline,
    scheduler: onTrampoline(scheduler, trampoline),
    awake$: keepAlive(options.scheduler ?? asyncScheduler),
    random,
    newId,
    maxHeld: () => config.queue.maxEvents,
    cut,
  };
  const seats = openSinkRegistry<E>(parts, defaultLane);
  const processor = new EventProcessor<E>({ ...options, recorder, random, scheduler, sessionId }, config);
  const publisher = new Publisher<E>({
    ...parts,
    stages,
    sessionId,
    holdsEarlyEvents: sinks === undefined,
    isDenied: () => admission.isDenied,
  });
  const admission: Admission<E> = new Admission<E>({ ...parts, processor, publisher, seats });

  const { batches$, deliveries$ } = pipeline<E>({
    events: publisher.events,
    untilSink: publisher.untilSink,
    batching: {
      ...config.batch,
      urgent: ({ priority }) => priority === 'critical',
      flushWhen: cuts,
      limits$: limits,
      sizeOf: processor.sizeOf,
      scheduler: parts.scheduler,
      newId,
      onReject: (_event, reason, error) => {
        publisher.loseUnbatched(reason === 'too_large' ? reason : 'stage_error', error);
      },
    },
    onBatch: (batch) => {
      publisher.bookBatch(batch);
      seats.reserve(batch.events.length);
    },
    sinks$: joins,
  });
  // Keeps the pipeline running, whoever else watches it.
  const running = deliveries$.subscribe((delivery) => {
    recorder.delivered(delivery);
    admission.admitWaiting();
  });
  running.add(batches$.subscribe());

  // The end: every observable completes, and nothing is left that could fire.
  const complete = (): void => {
    admission.stop();
    publisher.complete();
    joins.complete();
    running.unsubscribe();
    recorder.complete();
  };
  const lifecycle = openLifecycle<E>({ ...parts, admission, publisher, seats, complete });

  return {
    sessionId,
    recorder,
    trampoline,
    seats,
    processor,
    publisher,
    admission,
    lifecycle,
    batches$,
    deliveries$,

    config: (): CollectorConfig => config,

    register(sink: EventSink<E>, lane: LanePatch | undefined): void {
      if (admission.isClosed) throw new Error('Expected a running collector, got one that is shut down');
      const seat = seats.open(sink, lane, config.queue.maxEvents);
      trampoline.defer(() => {
        // What is open counts as processed already: it is nobody's, the new sink's neither.
        if (publisher.processesAtOnce) cut();
        seat.takesBatches = true;
        joins.next(seat);
        publisher.gainSink();
      }, trampoline.depth);
    },

    /** @throws ConfigError with every fault; then nothing has changed */
    updateConfig(changes: ConfigPatch): void {
      const merged = mergePatch(patch, changes);
      config = resolveConfig(merged);
      patch = merged;
      const { batch, queue } = config;
      processor.configure(config);
      trampoline.defer(() => {
        limits.next(batch);
        for (const { lane, followsConfig } of seats.all.values()) if (followsConfig) lane.setMaxEvents(queue.maxEvents);
        publisher.trimEarly(queue.maxEvents, 'no_sink');
        admission.trimHeld();
        admission.admitWaiting();
      }, trampoline.depth);
    },
  };
}
