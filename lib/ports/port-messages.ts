import type { FlushReport } from '../collector/flush-report.js';
import { aDelay } from '../internal/check-option.js';

/** Ours among whatever else passes over a port that others use, too. */
const MARK = 'rx-event-collector/port@1';

/** From a side that captures events, of which there may be several on a port: `from` tells them apart, and so does `id` what they ask. */
export type Request =
  /** The numbers of `TALLY`, in shared memory where the platform has it. */
  | { readonly kind: 'hello'; readonly from: string; readonly tally: Float64Array }
  /** Events in order, to be answered by `taken`. The tally is repeated for a side that can't share memory. */
  | {
      readonly kind: 'events';
      readonly from: string;
      readonly id: string;
      readonly events: readonly unknown[];
      readonly tally: readonly number[];
    }
  /** To be answered by `flushed`. */
  | { readonly kind: 'flush'; readonly from: string; readonly id: string; readonly timeoutMs: number };

/** From the side that has the collector. */
export type Reply =
  /** The events of a request are the collector's, but for those at these places: it is closed. */
  | { readonly kind: 'taken'; readonly id: string; readonly refused: readonly number[] }
  | { readonly kind: 'flushed'; readonly id: string; readonly report: FlushReport }
  /** Nobody listens any more; these requests will be answered yet, and no others. */
  | { readonly kind: 'closed'; readonly inHand: readonly string[] };

/** The places of a tally: events that were accepted by the capturing side, and those of them that it has dropped or failed itself. */
export const TALLY = { accepted: 0, gone: 1 } as const;

export function toMessage(content: Request | Reply): unknown {
  return { mark: MARK, ...content };
}

/** Whether it is one, and whole: what comes over a port may be from another version, or from anybody. */
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

/** Nothing, where it is none of ours. */
function contentOf(message: unknown): Readonly<Record<string, unknown>> {
  const content = (typeof message === 'object' ? message : null) as Readonly<Record<string, unknown>> | null;
  return content?.mark === MARK ? content : {};
}
