import type { DevtoolsControlState } from '../protocol.js';
import { h, list, setText } from './dom.js';
import type { Send, View } from './view.js';

/** The settings, and the buttons for `flush` and `retryNow`. */
export function controlsView(send: Send): View {
  const settings = h('div', { class: 'controls' });
  const show = list<DevtoolsControlState>(
    settings,
    ({ name, values }) => JSON.stringify([name, values]),
    ({ name, label, values }) => {
      const select = h('select', {});
      const text = h('output');
      select.addEventListener('change', () => void send({ type: 'set', control: name, value: select.value }));
      return {
        element: h('label', {}, label, values.length > 0 ? select : text),
        update: ({ value }) => {
          setText(text, value);
          // Updating an open list would close it.
          if (select.value === value && select.options.length > 0) return;
          const all = values.includes(value) ? values : [value, ...values];
          if (select.options.length !== all.length || select.options[0]?.value !== all[0])
            select.replaceChildren(...all.map((each) => h('option', { value: each }, each)));
          select.value = value;
        },
      };
    },
  );
  const button = (text: string, type: 'flush' | 'retryNow'): HTMLButtonElement => {
    const element = h('button', {}, text);
    element.addEventListener('click', () => void send({ type }));
    return element;
  };
  return {
    element: h('div', {}, settings, h('p', { class: 'buttons' }, button('Flush', 'flush'), button('Retry now', 'retryNow'))),
    update: ({ controls }) => {
      show(controls);
    },
  };
}
