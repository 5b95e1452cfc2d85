import type { FlushReport } from '../collector/flush-report.js';
import { aDelay } from '../internal/check-option.js';

/** Identifies messages of this library on a shared port. */
const MARK = 'rx-event-collector/port@1';

/** A message from a sending side. There may be several sides on a port: `from` identifies the side, `id` the request. */
export type Request =
  /** The counts of `TALLY`, in shared memory if available. */
  | { readonly kind: 'hello'; readonly from: string; readonly tally: Float64Array }
  /** Events in order; answered by `taken`. The tally is for sides that can't share memory. */
  | {
      readonly kind: 'events';
      readonly from: string;
      readonly id: string;
      readonly events: readonly unknown[];
      readonly tally: readonly number[];
    }
  /** Answered by `flushed`. */
  | { readonly kind: 'flush'; readonly from: string; readonly id: string; readonly timeoutMs: number };

/** A message from the receiving side, which has the collector. */
export type Reply =
  /** The collector has accepted the events of a request, except those at the `refused` indexes, because it is closed. */
  | { readonly kind: 'taken'; readonly id: string; readonly refused: readonly number[] }
  | { readonly kind: 'flushed'; readonly id: string; readonly report: FlushReport }
  /** The receiving side has stopped; it still answers these requests, and no others. */
  | { readonly kind: 'closed'; readonly inHand: readonly string[] };

/** Indexes of a tally: events accepted by the sending side, and accepted events that it dropped or failed. */
export const TALLY = { accepted: 0, gone: 1 } as const;

export function toMessage(content: Request | Reply): unknown {
  return { mark: MARK, ...content };
}

/** Checks a message completely: it may be from another version or another library. */
export function isRequest(message: unknown): message is Request {
  const { kind, from, id, events, tally, timeoutMs } = contentOf(message);
  if (typeof from !== 'string') return false;
  if (kind === 'hello') return ArrayBuffer.isView(tally);
  if (typeof id !== 'string') return false;
  return kind === 'events' ? Array.isArray(events) && Array.isArray(tally) : kind === 'flush' && aDelay().accepts(timeoutMs);
}

export function isReply(message: unknown): message is Reply {
  const { kind, id, refused, report, inHand } = contentOf(message);
  if (kind === 'closed') return Array.isArray(inHand);
  if (typeof id !== 'string') return false;
  return kind === 'taken' ? Array.isArray(refused) : kind === 'flushed' && typeof report === 'object' && report !== null;
}

/** The content of a message; empty if it is not from this library. */
function contentOf(message: unknown): Readonly<Record<string, unknown>> {
  const content = (typeof message === 'object' ? message : null) as Readonly<Record<string, unknown>> | null;
  return content?.mark === MARK ? content : {};
}
