import { DatabaseSync } from '@photostructure/sqlite';
import Database from 'better-sqlite3';
import { openEventStore, type EventCount, type EventPercentiles, type SqliteDatabase } from '../../lib/node/index.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';

/** A connection of either package is what a store needs; the first has the interface of node:sqlite. */
const database: SqliteDatabase = new Database(':memory:');
openEventStore({ database: new DatabaseSync(':memory:') });

type Clicked = AnalyticsEvent<'clicked', { readonly x: number }>;
type Scrolled = AnalyticsEvent<'scrolled', number>;
const store = openEventStore<Clicked | Scrolled>({ database });
// @ts-expect-error either a path or a database
openEventStore({ path: 'a', database });

store.byType('clicked');
// @ts-expect-error no event has this type
store.byType('closed');

export const byHour: EventCount<number>[] = store.countBy('hour');
export const byType: EventCount<string>[] = store.countBy('type');
export const bySession: EventCount<string | undefined>[] = store.countBy('sessionId');
// @ts-expect-error events have no session, sometimes
export const sessions: EventCount<string>[] = store.countBy('sessionId');
export const whole: EventPercentiles<undefined>[] = store.percentiles([0.5]);
export const daily: EventPercentiles<number>[] = store.percentiles([0.5], { by: 'day' });
