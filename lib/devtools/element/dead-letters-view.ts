import type { DevtoolsDeadLetter } from '../protocol.js';
import { clock, count, faint, h, list, scrolling } from './dom.js';
import type { Send, View } from './view.js';

/** Final failures, each with a button that offers its events to the sink again. */
export function deadLettersView(send: Send): View {
  const rows = h('ul', { class: 'log letters' });
  const box = scrolling('List of dead letters', rows);
  const none = faint('No batch has failed for good since these tools were opened.');
  const show = list<DevtoolsDeadLetter>(
    rows,
    // The time makes the key unique: ids start again with each observation of a collector.
    ({ id, at }) => `${String(id)} ${String(at)}`,
    ({ id, at, sink, events, types, attempts, kind, message }) => {
      const button = h('button', { 'aria-label': `Redeliver ${count(events)} events to ${sink}` }, 'Redeliver');
      button.addEventListener('click', () => void send({ type: 'redeliver', deadLetter: id }));
      const what = `${count(events)} to ${sink}, after ${count(attempts)} attempt${attempts === 1 ? '' : 's'}, ${kind}: ${message}`;
      const element = h('li', {}, h('span', { class: 'faint' }, clock(at)), h('span', {}, what, h('small', {}, types.join(', '))), button);
      return { element, update: () => undefined };
    },
  );
  return {
    element: h('div', {}, box, none),
    update: ({ deadLetters }) => {
      show(deadLetters);
      box.hidden = deadLetters.length === 0;
      none.hidden = !box.hidden;
    },
  };
}
