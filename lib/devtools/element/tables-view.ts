import type { DevtoolsTable, DevtoolsTableRow } from '../protocol.js';
import { faint, h, list, tableOf } from './dom.js';
import type { View } from './view.js';

/** The tables of `tables$`, each in its own section. */
export function tablesView(): View {
  const element = h('div', { class: 'tables' });
  const show = list<DevtoolsTable>(
    element,
    // The key is the content: a changed table is drawn again.
    (table) => JSON.stringify(table),
    ({ title, note = '', columns, rows }) => ({
      element: h(
        'section',
        { class: 'third', 'aria-label': title },
        h('h2', {}, title),
        tableOf(title, columns, h('tbody', {}, ...rows.map(rowOf))),
        faint(note),
      ),
      update: () => undefined,
    }),
  );
  return {
    element,
    update: ({ tables }) => {
      show(tables);
    },
  };
}

function rowOf({ cells: [head = '', ...others], share }: DevtoolsTableRow): HTMLElement {
  const heading = h('th', { scope: 'row' }, head);
  if (share !== undefined && share > 0) {
    const bar = h('i');
    bar.style.setProperty('width', `${(share * 100).toFixed(1)}%`);
    heading.append(bar);
  }
  return h('tr', {}, heading, ...others.map((text) => h('td', {}, text)));
}
