import { aDelay } from '../internal/check-option.js';
import { Deadline, type DeadlineClock } from '../internal/deadline.js';
import type { KeepAlive } from '../internal/keep-alive.js';
import { optionsOf } from '../internal/options.js';
import type { Trampoline } from '../internal/trampoline.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { Admission } from './admission.js';
import type { FlushReport } from './flush-report.js';
import type { Publisher } from './publisher.js';
import type { Recorder } from './recorder.js';
import type { SinkRegistry } from './sink-registry.js';

/** The options of `flush`, `shutdown` and `unregisterSink`. */
export interface FlushOptions {
  /** Milliseconds until it gives up; `Infinity` disables the limit. @default 30_000 */
  readonly timeoutMs?: number;
}

const OPTIONS = /* @__PURE__ */ optionsOf<FlushOptions>(() => ({ timeoutMs: [aDelay(), 30_000] }));

export interface LifecycleParts<E extends AnalyticsEvent> {
  readonly deadlineClock: DeadlineClock;
  readonly trampoline: Trampoline;
  readonly recorder: Recorder;
  readonly admission: Admission<E>;
  readonly publisher: Publisher<E>;
  readonly sinks: SinkRegistry<E>;
  readonly keepAlive: KeepAlive;
  /** Set by `withDeadLetters`: closes its store. */
  readonly closeDeadLetters: ((onClosed: () => void) => void) | undefined;
  /** Cuts the open batch. */
  cut(): void;
  /** Completes every observable of the collector. */
  complete(): void;
}

/** An operation that ends with a report: `flush`, `shutdown` or `unregisterSink`. */
export interface Conclusion {
  readonly diagnostic: { readonly type: 'flush' | 'shutdown' } | { readonly type: 'unregister'; readonly sink: string } | undefined;
  /** Starts the work; calls `done` at its end. Returns a function that cancels it. */
  readonly work: (timeoutMs: number, done: () => void) => (() => void) | undefined;
  /** Called when the deadline is postponed: time in which the process was stopped doesn't count. */
  readonly onExtended?: (ms: number) => void;
  /** Called when the work is done or timed out; returns the report. */
  readonly end?: (timedOut: boolean) => FlushReport;
  readonly afterReport?: () => void;
  /** Called with the promise before the work starts, so that a call from inside the work returns the same promise. */
  readonly keep?: (report: Promise<FlushReport>) => void;
}

/** Runs flush and shutdown. Each has one deadline, and takes no real time in tests with virtual time. */
export class Lifecycle<E extends AnalyticsEvent> {
  readonly #parts: LifecycleParts<E>;
  #shutdown: Promise<FlushReport> | undefined;

  constructor(parts: LifecycleParts<E>) {
    this.#parts = parts;
  }

  flush(options: unknown): Promise<FlushReport> {
    const { sinks } = this.#parts;
    const except = sinks.batchesInProcess();
    return this.conclude(options, {
      diagnostic: { type: 'flush' },
      work: (_timeoutMs, done) => {
        this.#parts.cut();
        return sinks.whenSettled(except, done);
      },
    });
  }

  shutdown(options: unknown): Promise<FlushReport> {
    if (this.#shutdown !== undefined) return this.#shutdown;
    const parts = this.#parts;
    const { trampoline, recorder, admission, publisher, sinks } = parts;
    const except = sinks.batchesInProcess();
    let dropped = 0;
    const dropEarly = (): void => {
      dropped += publisher.hold?.trim(0, 'shutdown') ?? 0;
      parts.cut();
    };
    return this.conclude(options, {
      diagnostic: { type: 'shutdown' },
      keep: (report) => {
        this.#shutdown = report;
        admission.isClosed = true;
      },
      work: (timeoutMs, done) => {
        admission.capacity?.dismiss(() => recorder.recordClosed());
        dropped = admission.consent?.close() ?? 0;
        sinks.drainWithin(timeoutMs);
        // Runs after earlier turns of the trampoline, which publish accepted events.
        trampoline.defer(() => {
          const leave = (): void => {
            dropEarly();
            sinks.leave('shutdown', except, () => {
              // Close the dead letters' store last: the final failures must be written to it.
              if (parts.closeDeadLetters === undefined) done();
              else parts.closeDeadLetters(done);
            });
          };
          const { stages } = publisher;
          if (stages !== undefined) stages.end(leave);
          // Cut now: slow stages should delay only the events inside them.
          parts.cut();
          if (stages === undefined) leave();
        }, 0);
        return undefined;
      },
      onExtended: (ms) => {
        sinks.drainWithin(ms);
      },
      end: (timedOut) => {
        dropEarly();
        sinks.abandon('shutdown');
        return this.report(timedOut, dropped);
      },
      afterReport: () => {
        parts.complete();
      },
    });
  }

  report(timedOut: boolean, droppedHeld = 0): FlushReport {
    const { recorder, publisher, sinks } = this.#parts;
    return {
      timedOut,
      held: recorder.ledger.heldForConsent + (publisher.hold?.size ?? 0) + droppedHeld,
      inStages: publisher.stages?.size ?? 0,
      sinks: sinks.mapLedgers(({ delivered, failed, dropped, kept, pending }, name) => {
        const safe = sinks.get(name)?.lane.countSafe?.() ?? 0;
        return { delivered, failed, dropped, pending, ...(kept > 0 && { kept }), ...(safe > 0 && { safe }) };
      }),
    };
  }

  /** Starts on the trampoline, and resolves with the report when the work is done or times out. Keeps the process alive meanwhile. */
  conclude(options: unknown, { diagnostic, work, onExtended, end, afterReport, keep }: Conclusion): Promise<FlushReport> {
    const { deadlineClock, trampoline, recorder, keepAlive } = this.#parts;
    let timeoutMs: number;
    try {
      ({ timeoutMs } = OPTIONS.parse(options));
    } catch (error) {
      // A promise rejects with any value, including one thrown by a getter or proxy.
      return new Promise(() => {
        throw error;
      });
    }
    const release = keepAlive.hold();
    let resolve: (report: FlushReport) => void = () => undefined;
    const promise = new Promise<FlushReport>((settle) => {
      resolve = settle;
    });
    keep?.(promise);
    trampoline.defer(() => {
      let isOver = false;
      let deadline = undefined as Deadline | undefined;
      const finish = (timedOut: boolean): void => {
        if (isOver) return;
        isOver = true;
        deadline?.cancel();
        const report = (end ?? ((late) => this.report(late)))(timedOut);
        if (diagnostic !== undefined) recorder.diagnostics?.report({ ...diagnostic, report });
        try {
          afterReport?.();
        } finally {
          release();
          resolve(report);
        }
      };
      const cancel = work(timeoutMs, () => {
        finish(false);
      });
      if (isOver || timeoutMs === Infinity) return;
      const onTimeUp = (): void => {
        cancel?.();
        finish(true);
      };
      deadline = new Deadline(deadlineClock, timeoutMs, onTimeUp, onExtended);
    }, trampoline.depth);
    return promise;
  }
}
