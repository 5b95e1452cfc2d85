import type { LaneStats } from '../../ledger/lane-ledger.js';
import type { DevtoolsLane } from '../protocol.js';
import { count, h, list, setAll, setText, tableOf } from './dom.js';
import type { View } from './view.js';

interface Lane {
  readonly name: string;
  readonly stats: LaneStats;
  readonly lane: DevtoolsLane | undefined;
}

/** The columns: heading, and the text of a lane's cell. */
const COLUMNS: readonly (readonly [head: string, text: (lane: Lane) => string, tone?: (lane: Lane) => string])[] = [
  ['state', ({ lane, stats }) => (stats.removed === true ? 'removed' : (lane?.state ?? '–'))],
  [
    'breaker',
    ({ stats }) => stats.breaker,
    ({ stats: { breaker } }) => (breaker === 'open' ? 'bad' : breaker === 'half-open' ? 'warning' : ''),
  ],
  ['next attempt', ({ lane }) => (lane?.nextAttemptInMs === undefined ? '–' : `in ${(lane.nextAttemptInMs / 1_000).toFixed(1)} s`)],
  ['delivered', ({ stats }) => count(stats.delivered)],
  ['failed', ({ stats }) => count(stats.failed), ({ stats }) => (stats.failed > 0 ? 'bad' : '')],
  ['dropped', ({ stats }) => count(stats.dropped), ({ stats }) => (stats.dropped > 0 ? 'bad' : '')],
  ['attempts', ({ stats }) => count(stats.attempts)],
  ['retries', ({ stats }) => count(stats.retries), ({ stats }) => (stats.retries > 0 ? 'warning' : '')],
];

/** A table with one row per sink. */
export function lanesView(): View {
  const body = h('tbody');
  const show = list<Lane>(
    body,
    ({ name }) => name,
    ({ name }) => {
      const meter = h('meter', { min: '0', 'aria-label': `Queue of ${name}` });
      const queue = h('span');
      const cells = COLUMNS.map(([, text, tone]) => ({ cell: h('td'), text, tone }));
      return {
        element: h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, meter, queue), ...cells.map(({ cell }) => cell)),
        update: (lane) => {
          const { pending } = lane.stats;
          const maxEvents = lane.lane?.maxEvents ?? 0;
          setAll(meter, { max: maxEvents, value: pending, high: maxEvents * 0.8, low: maxEvents * 0.5, optimum: 0 });
          setText(queue, lane.lane === undefined ? count(pending) : `${count(pending)} of ${count(maxEvents)}`);
          for (const { cell, text, tone } of cells) {
            setText(cell, text(lane));
            setAll(cell, { class: tone?.(lane) ?? '' });
          }
        },
      };
    },
  );
  return {
    element: tableOf('lanes', ['sink', 'queue', ...COLUMNS.map(([head]) => head)], body),
    update: ({ stats, lanes }) => {
      show(Object.entries(stats.sinks).map(([name, lane]) => ({ name, stats: lane, lane: lanes[name] })));
    },
  };
}
