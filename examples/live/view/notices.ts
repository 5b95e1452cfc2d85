import type { Diagnostic } from 'rx-event-collector';

export interface Notice {
  readonly at: number;
  readonly text: string;
}

/** A diagnostic as one line; `undefined` if it reports no problem. */
export function noticeOf(diagnostic: Diagnostic): Notice | undefined {
  const text = textOf(diagnostic);
  return text === undefined ? undefined : { at: diagnostic.at, text };
}

function textOf(diagnostic: Diagnostic): string | undefined {
  switch (diagnostic.type) {
    case 'loss': {
      const { count, reason, sink } = diagnostic;
      return `${sink ?? 'collector'}: lost ${String(count)} ${count === 1 ? 'event' : 'events'} (${reason})`;
    }
    case 'sink_error': {
      const { count, sink, error } = diagnostic;
      return `${sink}: ${error.kind}: ${error.message}${count > 1 ? `, ${String(count)} times` : ''}`;
    }
    case 'breaker':
      return `${diagnostic.sink}: breaker ${diagnostic.state}`;
    case 'callback_error':
      return `${diagnostic.callback} threw`;
    default:
      return undefined;
  }
}
