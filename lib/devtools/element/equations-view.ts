import { equations } from '../equations.js';
import { count, h, list, setAll, setText } from './dom.js';
import type { View } from './view.js';

/** Both equations of the ledger, with a tick or a cross. */
export function equationsView(): View {
  const rows = h('ul', { class: 'equations' });
  const show = list<ReturnType<typeof equations>[number] & { readonly key: string }>(
    rows,
    ({ key }) => key,
    ({ sink }) => {
      const mark = h('span', { class: 'mark', role: 'img' });
      const text = h('span');
      const element = h('li', {}, mark, h('b', {}, sink === '' ? 'collector' : sink), text);
      return {
        element,
        update: ({ left, right, holds }) => {
          setAll(element, { class: holds ? 'good' : 'bad' });
          setText(mark, holds ? '✓' : '✗');
          setAll(mark, { 'aria-label': holds ? 'holds' : 'does not hold' });
          const [sum, total] = [left, right].map((terms) => terms.map(([number, what]) => `${count(number)} ${what}`).join(' + '));
          setText(text, `${sum ?? ''} = ${total ?? ''}`);
        },
      };
    },
  );
  return {
    element: rows,
    update: ({ stats }) => {
      show(equations(stats).map((equation, index) => ({ ...equation, key: `${String(index)} ${equation.sink}` })));
    },
  };
}
