import { defer, EMPTY, NEVER, switchMap, timer } from 'rxjs';
import { SinkError, type EventSink } from 'rx-event-collector';

/** Well, or ill in one of three ways. */
export const HEALTHS = ['ok', 'slow', 'failing', 'hanging'] as const;
export type Health = (typeof HEALTHS)[number];

/** Longer than the second within which a batch is cut, so that a slow sink falls behind. */
export const SLOW_MS = 2_000;

/** A sink with the fault that `health` returns when it receives a batch. An attempt that hangs lasts until its lane aborts it. */
export function faultySink(sink: EventSink, health: () => Health): EventSink {
  return {
    name: sink.name,
    process(batch, context) {
      switch (health()) {
        case 'ok':
          return sink.process(batch, context);
        case 'slow':
          return timer(SLOW_MS).pipe(switchMap(() => sink.process(batch, context) ?? EMPTY));
        case 'failing':
          throw new SinkError('unavailable', 'Made to fail');
        case 'hanging':
          return NEVER;
      }
    },
    flush: () => defer(() => sink.flush?.() ?? EMPTY),
    close: () => defer(() => sink.close?.() ?? EMPTY),
  };
}
