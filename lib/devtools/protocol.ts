import type { Explanation } from '../collector/explain.js';
import type { CollectorStats } from '../ledger/ledger.js';

/**
 * The state of a collector at one instant, as plain JSON. Each snapshot is complete, so a reader can miss some or connect late.
 *
 * All counts are of events unless they say otherwise, and all times are in milliseconds since the epoch.
 */
export interface DevtoolsSnapshot {
  /** Version of this format. */
  readonly version: 1;
  readonly title: string;
  readonly at: number;
  readonly stats: CollectorStats;
  /** State of each sink's lane that the ledger doesn't contain. */
  readonly lanes: Readonly<Record<string, DevtoolsLane>>;
  readonly controls: readonly DevtoolsControlState[];
  /**
   * The latest accepted events, newest first. If more arrive than fit, some of them are left out; events whose outcome isn't known yet are kept for
   * up to eight snapshots.
   */
  readonly events: readonly DevtoolsEvent[];
  /** The latest final failures since the first reader connected, newest first. */
  readonly deadLetters: readonly DevtoolsDeadLetter[];
  /** The latest diagnostics since the first reader connected, newest first. */
  readonly log: readonly DevtoolsNotice[];
  /** The tables of `tables$`. */
  readonly tables: readonly DevtoolsTable[];
}

/** An additional table, such as a query result of an event store. */
export interface DevtoolsTable {
  /** Unique among the tables of a snapshot. */
  readonly title: string;
  /** A sentence below the title. */
  readonly note?: string;
  /** Column headings. */
  readonly columns: readonly string[];
  readonly rows: readonly DevtoolsTableRow[];
}

export interface DevtoolsTableRow {
  /** The first cell is the row's heading. */
  readonly cells: readonly string[];
  /** The length of a bar below the heading, from 0 to 1. Without it there is no bar. */
  readonly share?: number;
}

/** The state of a sink's lane. */
export interface DevtoolsLane {
  readonly state: 'registered' | 'active' | 'draining' | 'closed' | 'abandoned' | 'paused';
  /** The bound of the lane: queued, in flight and awaiting retry. */
  readonly maxEvents: number;
  /** Milliseconds until the next attempt, if every active batch of the lane is waiting. */
  readonly nextAttemptInMs?: number;
}

/** An accepted event: after sampling, enrichment and redaction. Texts are truncated to 300 characters, the payload to 4,000. */
export interface DevtoolsEvent {
  readonly id: string;
  readonly type: string;
  readonly category: string;
  readonly priority: string;
  readonly timestamp: number;
  readonly weight: number;
  /** The JSON of `{ data, metadata }`, or its beginning. If it can't be read or is larger than about 500 kB, the reason for that. */
  readonly payload: string;
  /** Whether `payload` is only the beginning. */
  readonly isCut: boolean;
  /** Number of marks `[redacted:NAME]` in the payload, by name. */
  readonly redacted: Readonly<Record<string, number>>;
  /** The event's outcome by sink. Empty while the event is in the open batch. */
  readonly fates: Readonly<Record<string, DevtoolsFate>>;
}

/** An event's outcome at one sink. */
export interface DevtoolsFate {
  readonly status: 'pending' | 'delivered' | 'failed' | 'dropped';
  /** The reason for a drop, or the message of a failure. */
  readonly why?: string;
}

/** A final failure, which can be redelivered. */
export interface DevtoolsDeadLetter {
  readonly id: number;
  readonly at: number;
  readonly sink: string;
  readonly events: number;
  /** The distinct types of its events. */
  readonly types: readonly string[];
  readonly attempts: number;
  readonly kind: string;
  readonly message: string;
}

/** The description of a diagnostic. */
export interface DevtoolsNotice {
  readonly id: number;
  readonly at: number;
  readonly tone: 'bad' | 'warning' | 'good';
  readonly text: string;
}

/** The state of a setting. */
export interface DevtoolsControlState {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** The values to choose from. Empty for a setting that can only be read. */
  readonly values: readonly string[];
}

/** A command from the devtools. */
export type DevtoolsCommand =
  /** Changes a setting. */
  | { readonly type: 'set'; readonly control: string; readonly value: string }
  /** Offers a dead letter to its sink again. */
  | { readonly type: 'redeliver'; readonly deadLetter: number }
  /** Explains an event: the JSON of an `EventInput`. */
  | { readonly type: 'explain'; readonly event: string }
  /** Cuts the open batch, and waits until all events are settled. */
  | { readonly type: 'flush' }
  /** Ends every wait of every lane. */
  | { readonly type: 'retryNow' };

/** The answer to a command. */
export interface DevtoolsAnswer {
  readonly ok: boolean;
  /** The result, or the error's message. */
  readonly text: string;
  readonly explanation?: Explanation;
}
