import type { CollectorStats } from '../../ledger/ledger.js';
import { count, faint, h, list, setText } from './dom.js';
import type { View } from './view.js';

/** The reasons for losses with their counts, most frequent first. */
function lossesOf(stats: CollectorStats): readonly (readonly [reason: string, count: number])[] {
  const losses: (readonly [string, number])[] = [
    ['filtered', stats.eventsFiltered],
    ['sampled out', stats.eventsSampledOut],
    ['invalid', stats.eventsInvalid],
    ['closed', stats.eventsClosed],
    ...Object.entries(stats.dropped).map(([reason, number]) => [wordsOf(reason), number] as const),
    ...Object.entries(stats.sinks).flatMap(([sink, { failed, droppedBy }]) => [
      [`${sink}: failed`, failed] as const,
      ...Object.entries(droppedBy).map(([reason, number]) => [`${sink}: ${wordsOf(reason)}`, number] as const),
    ]),
  ];
  return losses.filter(([, number]) => number > 0).sort(([, a], [, b]) => b - a);
}

const wordsOf = (reason: string): string => reason.replaceAll('_', ' ');

export function lossesView(): View {
  const rows = h('ul', { class: 'bars' });
  const none = faint('Every event has arrived or is on its way.');
  const show = list<readonly [reason: string, share: number, text: string]>(
    rows,
    ([reason]) => reason,
    ([reason]) => {
      const number = h('b');
      const bar = h('i');
      return {
        element: h('li', {}, h('span', {}, reason), number, bar),
        update: ([, share, text]) => {
          setText(number, text);
          bar.style.setProperty('width', `${(share * 100).toFixed(1)}%`);
        },
      };
    },
  );
  return {
    element: h('div', {}, rows, none),
    update: ({ stats }) => {
      const losses = lossesOf(stats);
      const most = losses[0]?.[1] ?? 1;
      show(losses.map(([reason, number]) => [reason, number / most, count(number)]));
      none.hidden = losses.length > 0;
    },
  };
}
