import type { DevtoolsEvent } from '../protocol.js';
import { clock, faint, h, list, scrolling, setAll, setText, tableOf } from './dom.js';
import type { View } from './view.js';

const FATES = { pending: '…', delivered: '✓', failed: '✗', dropped: '✗' } as const;

/** Rows cost more than anything else here: at 1,000 events a second all of them are new in every frame. */
const MAX_ROWS = 25;

/** The latest events; the selected one with payload, marks of redaction, and fate per sink. */
export function eventsView(onExplain: (event: string) => void): View {
  const rows = h('tbody');
  const hold = h('input', { type: 'checkbox' });
  const detail = scrolling('Selected event');
  const none = faint('No event has been accepted since these tools were opened.');
  const known = new Map<string, DevtoolsEvent>();
  let selected: DevtoolsEvent | undefined;

  const select = (event: DevtoolsEvent | undefined): void => {
    selected = event;
    detail.hidden = event === undefined;
    if (event !== undefined) detail.replaceChildren(...detailOf(event, onExplain));
  };
  const show = list<DevtoolsEvent>(
    rows,
    ({ id }) => id,
    ({ id, type, category, priority, timestamp }) => {
      const button = h('button', { class: 'link', 'aria-expanded': 'false' }, type);
      button.addEventListener('click', () => {
        const isOpen = selected?.id === id;
        hold.checked = !isOpen;
        select(isOpen ? undefined : known.get(id));
        setAll(button, { 'aria-expanded': String(!isOpen) });
      });
      const marks = h('td');
      const fates = h('td');
      return {
        element: h(
          'tr',
          {},
          h('td', { class: 'faint' }, clock(timestamp)),
          h('th', { scope: 'row' }, button),
          h('td', {}, category),
          h('td', {}, priority),
          marks,
          fates,
        ),
        update: (event) => {
          setAll(button, { 'aria-expanded': String(selected?.id === id) });
          setText(marks, Object.keys(event.redacted).join(', ') || '–');
          const texts = Object.entries(event.fates).map(([sink, { status }]) => [status, `${FATES[status]} ${sink}`] as const);
          setText(fates, texts.length === 0 ? 'in the open batch' : texts.map(([, text]) => text).join('  '));
          setAll(fates, { class: texts.some(([status]) => status === 'failed' || status === 'dropped') ? 'bad' : '' });
        },
      };
    },
  );
  detail.hidden = true;
  return {
    element: h(
      'div',
      {},
      h('label', { class: 'hold' }, hold, 'Hold the list'),
      none,
      tableOf('events', ['time', 'type', 'category', 'priority', 'redacted', 'sinks'], rows),
      detail,
    ),
    update: ({ events }) => {
      const changed = selected === undefined ? undefined : events.find(({ id }) => id === selected?.id);
      if (changed !== undefined && JSON.stringify(changed.fates) !== JSON.stringify(selected?.fates)) select(changed);
      none.hidden = events.length > 0;
      if (hold.checked) {
        // Fates go on; the list stays.
        show(
          events.filter(({ id }) => known.has(id)).concat([...known.values()].filter(({ id }) => !events.some((event) => event.id === id))),
        );
        return;
      }
      known.clear();
      for (const event of events.slice(0, MAX_ROWS)) known.set(event.id, event);
      show([...known.values()]);
    },
  };
}

function detailOf(
  { id, type, weight, timestamp, payload, isCut, redacted, fates }: DevtoolsEvent,
  onExplain: (event: string) => void,
): Node[] {
  const explain = h('button', {}, 'Explain an event like this');
  explain.addEventListener('click', () => {
    onExplain(eventText(type, payload, isCut));
  });
  const marks = Object.entries(redacted).map(([name, number]) => `${String(number)} × ${name}`);
  const facts: readonly (readonly [string, string])[] = [
    ['id', id],
    ['captured', new Date(timestamp).toISOString()],
    ['weight', String(weight)],
    ['redacted', marks.join(', ') || 'nothing'],
    ...Object.entries(fates).map(([sink, { status, why }]) => [sink, why === undefined ? status : `${status}: ${why}`] as const),
  ];
  return [
    h('h3', {}, type),
    h('dl', {}, ...facts.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)])),
    h('pre', {}, ...marked(isCut ? `${payload}…` : pretty(payload))),
    explain,
  ];
}

/** The text, with the marks of redaction emphasised. */
function marked(text: string): (Node | string)[] {
  return text.split(/(\[redacted:[\w-]+\])/).map((part, index) => (index % 2 === 1 ? h('mark', {}, part) : part));
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
}

function eventText(type: string, payload: string, isCut: boolean): string {
  if (isCut) return JSON.stringify({ type });
  const { data } = JSON.parse(payload) as { readonly data?: unknown };
  return JSON.stringify({ type, data }, undefined, 2);
}
