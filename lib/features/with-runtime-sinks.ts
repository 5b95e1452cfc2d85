import type { Subscriber } from 'rxjs';
import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature, type Kernel } from '../collector/kernel.js';
import type { FlushReport } from '../collector/flush-report.js';
import type { FlushOptions } from '../collector/lifecycle.js';
import type { HoldPlace } from '../collector/publisher.js';
import type { AnalyticsEvent } from '../event/event.js';
import { Deque } from '../internal/deque.js';
import { operate } from '../internal/operate.js';
import type { LanePatch } from '../lane/lane-options.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { EventSink } from '../sink/sink.js';

/** The members that `withRuntimeSinks` adds. */
export interface WithRuntimeSinks<E extends AnalyticsEvent = AnalyticsEvent> {
  /**
   * Adds a sink, which receives every batch from now on, and the events that were held while there was none.
   *
   * @throws TypeError for an invalid sink or lane option
   * @throws Error for a duplicate name, or after shutdown
   */
  registerSink(sink: EventSink<E>, lane?: LanePatch): void;
  /**
   * Removes a sink: it still receives the open batch, has `timeoutMs` to deliver its events, then is flushed and closed once. Remaining events are
   * dropped as `'unregistered'`. An unknown name changes nothing. Rejects only for invalid options.
   */
  unregisterSink(name: string, options?: FlushOptions): Promise<FlushReport>;
}

/**
 * Adds `registerSink` and `unregisterSink`. If the collector was created without the `sinks` option, events are held while no sink is
 * registered, up to `queue.maxEvents`; newer ones are dropped as `'no_sink'`.
 */
export function withRuntimeSinks<E extends AnalyticsEvent = AnalyticsEvent>(): CollectorFeature<WithRuntimeSinks<E>, E> {
  return kernelFeature((kernel) => {
    if (kernel.options.sinks === undefined) kernel.publisher.hold = new PreSinkBuffer(kernel);
    return {
      registerSink(sink, lane) {
        kernel.addSink(sink, lane);
      },
      unregisterSink: (name, options) => unregister(kernel, name, options),
    };
  });
}

function unregister<E extends AnalyticsEvent>(kernel: Kernel<E>, name: string, options: FlushOptions | undefined): Promise<FlushReport> {
  const { admission, lifecycle, publisher, sinks } = kernel;
  const sink = sinks.get(name);
  if (sink?.departure !== undefined) return sink.departure;
  // Read when called: a call from inside `process` must not wait for that batch.
  const inProcess = sink?.lane.inProcess;
  return lifecycle.conclude(options, {
    diagnostic: sink && { type: 'unregister', sink: name },
    keep: (report) => {
      if (sink !== undefined) sink.departure = report;
    },
    work: (timeoutMs, done) => {
      if (sink === undefined) {
        done();
        return undefined;
      }
      kernel.cut();
      sink.lane.drainWithin(timeoutMs);
      sink.leave('unregistered', inProcess, done);
      if (!sinks.all().some(({ state }) => state === 'active')) publisher.hasSink = false;
      admission.capacity?.admitWaiting();
      return undefined;
    },
    onExtended: (ms) => {
      sink?.lane.drainWithin(ms);
    },
    end: (timedOut) => {
      if (sink === undefined) return lifecycle.report(false);
      // A shutdown may have abandoned the sink first.
      const gaveUp = timedOut || sink.state === 'abandoned';
      sink.abandon('unregistered');
      sinks.remove(sink);
      return lifecycle.report(gaveUp);
    },
  });
}

/** Holds events between `events$` and the batch while there is no sink. */
class PreSinkBuffer<E extends AnalyticsEvent> implements HoldPlace<E> {
  readonly #kernel: Kernel<E>;
  readonly #held = new Deque<E>();
  #destination: Subscriber<E> | undefined;

  constructor(kernel: Kernel<E>) {
    this.#kernel = kernel;
  }

  readonly operator = operate<E, E>((destination) => {
    this.#destination = destination;
    const { publisher, recorder } = this.#kernel;
    return {
      next: (event) => {
        if (publisher.hasSink) destination.next(event);
        else if (this.#held.length < this.#kernel.maxEvents) this.#held.push(event);
        // The event was accepted while the last sink was leaving.
        else recorder.recordDropped([event], 'no_sink');
      },
    };
  });

  get size(): number {
    return this.#held.length;
  }

  get obstacle(): 'no_sink' | undefined {
    const { publisher, recorder, maxEvents } = this.#kernel;
    return !publisher.hasSink && recorder.ledger.buffered >= maxEvents ? 'no_sink' : undefined;
  }

  release(): void {
    for (const event of this.#held.drain()) this.#destination?.next(event);
  }

  trim(size: number, reason: DropReason): number {
    const trimmed: E[] = [];
    while (this.#held.length > size) trimmed.push(this.#held.pop() as E);
    this.#kernel.recorder.recordDropped(trimmed, reason);
    return trimmed.length;
  }
}
