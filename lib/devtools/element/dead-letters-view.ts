import type { DevtoolsDeadLetter } from '../protocol.js';
import { clock, count, faint, h, list } from './dom.js';
import type { Send, View } from './view.js';

/** Final failures, each with a button that offers its events to the sink again. */
export function deadLettersView(send: Send): View {
  const rows = h('ul', { class: 'log letters' });
  const none = faint('No batch has failed for good since these tools were opened.');
  const show = list<DevtoolsDeadLetter>(
    rows,
    ({ id }) => String(id),
    ({ id, at, sink, events, types, attempts, kind, message }) => {
      const button = h('button', { 'aria-label': `Redeliver ${count(events)} events to ${sink}` }, 'Redeliver');
      button.addEventListener('click', () => void send({ type: 'redeliver', deadLetter: id }));
      const what = `${count(events)} to ${sink}, after ${count(attempts)} attempt${attempts === 1 ? '' : 's'}, ${kind}: ${message}`;
      const element = h('li', {}, h('span', { class: 'faint' }, clock(at)), h('span', {}, what, h('small', {}, types.join(', '))), button);
      return { element, update: () => undefined };
    },
  );
  return {
    element: h('div', {}, rows, none),
    update: ({ deadLetters }) => {
      show(deadLetters);
      none.hidden = deadLetters.length > 0;
    },
  };
}
