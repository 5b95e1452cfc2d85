import type { DevtoolsTable } from 'rx-event-collector/devtools';
import type { EventActorKey, EventCount, EventDistinct, EventFunnelStep, EventStore } from 'rx-event-collector/node';

export type Questioned = Pick<EventStore, 'stats' | 'countBy' | 'countDistinct' | 'funnel'>;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MAX_STEPS = 3;
const MAX_MINUTES = 20;
/** Fields of records that name an actor, the most specific first. */
const ACTORS: readonly EventActorKey[] = [
  'data.user_id',
  'data.userId',
  'data.user',
  'data.client_id',
  'data.actor.id',
  'data.event_attributes.session_id',
  'sessionId',
];

/** The answers to three questions, for a terminal (`questionLines`) and a page (`answerTables`). */
export interface Answers {
  /** The newest day of the store, at most. */
  readonly from: number;
  /** Types per minute. */
  readonly minutes: readonly EventCount<readonly [minute: number, type: string]>[];
  readonly actor: EventActorKey;
  /** Whether events are missing, so that the following are lower bounds. */
  readonly isSampled: boolean;
  readonly distinct: EventDistinct | undefined;
  /** The most frequent types, in that order, within an hour. */
  readonly funnel: readonly EventFunnelStep[];
}

/** Three questions to the newest day of a store, or `undefined` for an empty one. */
export function answersOf(store: Questioned): Answers | undefined {
  const { newest, events, weight } = store.stats();
  if (newest === undefined) return undefined;
  const from = newest - DAY_MS;
  // The store's events may be samples of any kind.
  const options = { from, sampling: 'ignored' } as const;
  const actor = actorOf(store, from);
  const types = store.countBy('type', { from, limit: MAX_STEPS }).map(({ key }) => key);
  return {
    from,
    minutes: store.countBy(['minute', 'type'], { from }),
    actor,
    isSampled: weight !== events,
    distinct: store.countDistinct(actor, options)[0],
    funnel: store.funnel(types, actor, HOUR_MS, options),
  };
}

/** The first of some usual keys that has more than one value. */
export function actorOf(store: Pick<Questioned, 'countDistinct'>, from?: number): EventActorKey {
  return ACTORS.find((each) => (store.countDistinct(each, { from, sampling: 'ignored' })[0]?.count ?? 0) > 1) ?? 'sessionId';
}

/** The answers as lines: the busiest minute, how many acted, and how many took the most frequent types one after the other. */
export function questionLines(answers: Answers | undefined): string[] {
  if (answers === undefined) return [];
  const { minutes, actor, isSampled, distinct, funnel } = answers;
  const bound = isSampled ? 'at least ' : '';
  const busiest = minutesOf(minutes).reduce((a, b) => (b.weight > a.weight ? b : a));
  const lines = [
    `asked   the busiest minute: ${timeOf(busiest.minute)}, ${count(busiest.weight)} events, most of them ${printable(busiest.type)}`,
  ];
  if (distinct !== undefined) lines.push(`        different ${actor}: ${bound}${count(distinct.count)}`);
  if (funnel.length > 1) {
    lines.push(
      `        in this order within an hour: ${bound}${funnel.map(({ type, count: reached }) => `${printable(type)} ${count(reached)}`).join(' → ')}`,
    );
  }
  return lines;
}

/** The answers as tables of the page: each of the last minutes instead of the busiest alone. */
export function answerTables(answers: Answers | undefined): readonly DevtoolsTable[] {
  if (answers === undefined) return [];
  const { actor, isSampled, distinct, funnel } = answers;
  const minutes = minutesOf(answers.minutes).slice(-MAX_MINUTES);
  const most = Math.max(...minutes.map(({ weight }) => weight));
  const bound = isSampled ? 'Sampled events are missing: a lower bound.' : undefined;
  return [
    {
      title: 'Stored events per minute',
      note: `The last ${count(minutes.length)} minutes with events.`,
      columns: ['minute', 'events', 'most of them'],
      rows: minutes.map(({ minute, weight, type }) => ({ cells: [timeOf(minute), count(weight), type], share: weight / most })),
    },
    {
      title: `Different ${actor}`,
      ...(bound !== undefined && { note: bound }),
      columns: ['in the newest day', 'number'],
      rows: distinct === undefined ? [] : [{ cells: [actor, count(distinct.count)] }],
    },
    {
      title: 'The most frequent types, one after the other',
      note: `How many ${actor} had them in this order within an hour. ${bound ?? ''}`.trim(),
      columns: ['type', actor, 'share'],
      rows: funnel.map(({ type, count: reached }) => {
        const share = reached / Math.max(1, funnel[0]?.count ?? 0);
        return { cells: [type, count(reached), `${String(Math.round(100 * share))} %`], share };
      }),
    },
  ];
}

/** The events of each minute, in order, with its most frequent type. */
function minutesOf(minutes: Answers['minutes']): readonly { readonly minute: number; readonly weight: number; readonly type: string }[] {
  const totals = new Map<number, { minute: number; weight: number; type: string }>();
  for (const { key, weight } of minutes) {
    const [minute, type] = key;
    // The heaviest type of a minute is its first.
    const total = totals.get(minute) ?? { minute, weight: 0, type };
    total.weight += weight;
    totals.set(minute, total);
  }
  return [...totals.values()];
}

const timeOf = (minute: number): string => `${new Date(minute).toISOString().slice(0, 16)}Z`;

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
/** Types are input: they must not reach the terminal's controls, nor fill it. */
const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '·').slice(0, 60);
