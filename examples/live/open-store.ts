import { isSinkError } from 'rx-event-collector';
import { openEventStore, type EventStore } from 'rx-event-collector/node';

/** The store of all runs, or the reason why it can't be opened: the NDJSON file receives the events in either case. */
export function openStore(path: string): { readonly store?: EventStore; readonly notice?: string } {
  try {
    return { store: openEventStore({ path }) };
  } catch (error) {
    if (!isSinkError(error)) throw error;
    return { notice: `Not stored in ${path}: ${error.message}` };
  }
}
