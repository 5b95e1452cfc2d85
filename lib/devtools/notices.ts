import type { Diagnostic } from '../collector/diagnostics.js';
import { messageOf } from './cut.js';
import type { DevtoolsNotice } from './protocol.js';

/** Describes a diagnostic. */
export function noticeOf(diagnostic: Diagnostic): Pick<DevtoolsNotice, 'tone' | 'text'> {
  switch (diagnostic.type) {
    case 'loss': {
      const { count, reason, sink = 'collector', error } = diagnostic;
      return { tone: 'bad', text: `${sink}: ${String(count)} lost, ${reason}${error === undefined ? '' : `: ${messageOf(error)}`}` };
    }
    case 'sink_error': {
      const { count, sink, error } = diagnostic;
      return { tone: 'warning', text: `${sink}: ${times(count, 'failed attempt')}, ${error.kind}: ${messageOf(error)}` };
    }
    case 'callback_error':
      return { tone: 'bad', text: `${diagnostic.callback} threw ${times(diagnostic.count, 'time')}: ${messageOf(diagnostic.error)}` };
    case 'unusable_field':
      return { tone: 'warning', text: `${times(diagnostic.count, 'unusable')} ${diagnostic.field}: ${diagnostic.got}` };
    case 'invalid_consent':
      return { tone: 'warning', text: `consent$ emitted ${diagnostic.got}` };
    case 'breaker': {
      const { sink, state } = diagnostic;
      return { tone: state === 'closed' ? 'good' : state === 'open' ? 'bad' : 'warning', text: `${sink}: breaker ${state}` };
    }
    case 'flush':
    case 'shutdown':
      return diagnostic.report.timedOut
        ? { tone: 'warning', text: `${diagnostic.type} timed out` }
        : { tone: 'good', text: `${diagnostic.type} complete` };
    case 'unregister':
      return diagnostic.report.timedOut
        ? { tone: 'warning', text: `${diagnostic.sink}: unregistered, timed out` }
        : { tone: 'good', text: `${diagnostic.sink}: unregistered` };
    case 'global_collector_exists':
      return { tone: 'warning', text: 'initGlobalCollector was called again' };
  }
}

const times = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 || noun === 'unusable' ? '' : 's'}`;
