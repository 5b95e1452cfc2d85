import type { BehaviorSubject, Observable, Unsubscribable } from 'rxjs';
import type { CollectorStats, EventCollector } from 'rx-event-collector';
import type { BadLines } from '../input/bad-lines.js';
import type { FieldUse } from '../input/field-use.js';
import type { Progress } from '../input/file-source.js';
import type { Change, Settings } from '../settings.js';
import type { Tally } from './tally.js';

/** The current state. */
export interface Snapshot {
  readonly elapsedMs: number;
  /** As `elapsedMs`, without pauses. */
  readonly activeMs: number;
  readonly stats: CollectorStats;
  readonly settings: Settings;
  /** Events received per second, each of the last 60 seconds, the oldest first. */
  readonly rates: readonly number[];
  readonly progress: Progress | undefined;
  /** No more events are collected; pending ones are delivered until the deadline. */
  readonly isClosing: boolean;
}

/** What an output can see of a run, and do to it. */
export interface Run {
  readonly from: string;
  readonly to: string;
  /** The address of its page, if one is served. */
  readonly page?: string | undefined;
  readonly collector: EventCollector;
  /** Emits once a second. */
  readonly seconds$: Observable<unknown>;
  readonly settings$: BehaviorSubject<Settings>;
  snapshot(): Snapshot;
  change(change: Change): void;
  /** Ends the run; a second call ends the wait for pending events. */
  stop(): void;
}

/** The result of a run. */
export interface Report {
  readonly from: string;
  readonly to: string;
  readonly snapshot: Snapshot;
  readonly tally: Tally;
  readonly badLines: BadLines;
  readonly fields: FieldUse;
  /** The summary of the database, in lines; empty without a database. */
  readonly stored: readonly string[];
  /** Notices so far. */
  readonly problems: readonly string[];
  readonly exitCode: number;
}

/** Shows a run, to people or to machines. */
export interface Output {
  follow(run: Run): Unsubscribable;
  /** Reports an unusual event. */
  say(line: string): void;
  /** Called last, after `follow` was unsubscribed. */
  end(report: Report): void;
}
