import type { DevtoolsNotice } from '../protocol.js';
import { clock, h, list, scrolling } from './dom.js';
import type { View } from './view.js';

/** The latest diagnostics. */
export function logView(): View {
  const rows = h('ul', { class: 'log' });
  const show = list<DevtoolsNotice>(
    rows,
    // The time makes the key unique: ids start again with each observation of a collector.
    ({ id, at }) => `${String(id)} ${String(at)}`,
    ({ at, tone, text }) => ({
      element: h('li', { class: tone }, h('span', { class: 'faint' }, clock(at)), h('span', {}, text)),
      update: () => undefined,
    }),
  );
  return {
    element: scrolling('List of diagnostics', rows),
    update: ({ log }) => {
      show(log);
    },
  };
}
