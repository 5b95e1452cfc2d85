import type { FlushReport } from '../collector/flush-report.js';

/** Ours among whatever else passes over a port that others use, too. */
const MARK = 'rx-event-collector/port@1';

/** From the side that captures events. */
export type Request =
  /** The numbers of `TALLY`, in shared memory where the platform has it. */
  | { readonly kind: 'hello'; readonly tally: Float64Array }
  /** Events in order, to be answered by `taken`. The tally is repeated for a side that can't share memory. */
  | { readonly kind: 'events'; readonly id: number; readonly events: readonly unknown[]; readonly tally: readonly number[] }
  /** To be answered by `flushed`. */
  | { readonly kind: 'flush'; readonly id: number; readonly timeoutMs: number };

/** From the side that has the collector. */
export type Reply =
  /** The events of a request are the collector's, but for those at these places: it is closed. */
  | { readonly kind: 'taken'; readonly id: number; readonly refused: readonly number[] }
  | { readonly kind: 'flushed'; readonly id: number; readonly report: FlushReport }
  /** Nobody listens any more. */
  | { readonly kind: 'closed' };

/** The places of a tally: events that were accepted by the capturing side, and those of them that it has dropped or failed itself. */
export const TALLY = { accepted: 0, gone: 1 } as const;

export function toMessage(content: Request | Reply): unknown {
  return { mark: MARK, ...content };
}

export function isRequest(message: unknown): message is Request {
  return isOurs(message, ['hello', 'events', 'flush']);
}

export function isReply(message: unknown): message is Reply {
  return isOurs(message, ['taken', 'flushed', 'closed']);
}

function isOurs(message: unknown, kinds: readonly string[]): boolean {
  if (typeof message !== 'object' || message === null) return false;
  const { mark, kind } = message as { readonly mark?: unknown; readonly kind?: unknown };
  return mark === MARK && typeof kind === 'string' && kinds.includes(kind);
}
