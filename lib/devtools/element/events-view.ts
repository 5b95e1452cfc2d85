import type { DevtoolsEvent } from '../protocol.js';
import { clock, faint, h, instant, list, scrolling, setAll, setText, tableOf } from './dom.js';
import type { View } from './view.js';

const FATES = { pending: '…', delivered: '✓', failed: '✗', dropped: '✗' } as const;

/** Rows are the main cost of a frame: at 1,000 events a second, most of them are new each time. */
const MAX_ROWS = 25;

/** The latest events; for the selected one the payload, redaction marks, and its outcome at each sink. */
export function eventsView(onExplain: (event: string) => void): View {
  const rows = h('tbody');
  const hold = h('input', { type: 'checkbox' });
  const facts = h('dl');
  const detail = scrolling('Selected event');
  const none = faint('No event has been accepted since these tools were opened.');
  /** The listed events in their latest state, newest first. */
  const known = new Map<string, DevtoolsEvent>();
  /** Ids in the latest snapshot. */
  let current: ReadonlySet<string> = new Set();
  let selected: DevtoolsEvent | undefined;
  let shownFacts = '';

  /** Whether the event left the snapshots before all outcomes were known: they stay unknown. */
  const isOld = (event: DevtoolsEvent): boolean => !current.has(event.id) && !isSettled(event);
  const select = (event: DevtoolsEvent | undefined): void => {
    const isOther = event?.id !== selected?.id;
    selected = event;
    detail.hidden = event === undefined;
    if (event === undefined) return;
    // If only the facts have changed, keep the button: a new one would lose the focus.
    if (isOther) detail.replaceChildren(...detailOf(event, facts, onExplain));
    const texts = factsOf(event, isOld(event));
    if (JSON.stringify(texts) === shownFacts) return;
    shownFacts = JSON.stringify(texts);
    facts.replaceChildren(...texts.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]));
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
        // Updates every row: the one that was selected before is no longer expanded.
        show([...known.values()]);
      });
      const marks = h('td');
      const fates = h('td');
      return {
        element: h(
          'tr',
          {},
          h('td', { class: 'faint' }, clock(timestamp)),
          h('th', { scope: 'row' }, button),
          fates,
          marks,
          h('td', {}, category),
          h('td', {}, priority),
        ),
        update: (event) => {
          setAll(button, { 'aria-expanded': String(selected?.id === id) });
          setText(marks, Object.keys(event.redacted).join(', ') || '–');
          const all = Object.entries(event.fates);
          const text = all.map(([sink, { status }]) => `${FATES[status]} ${sink}`).join('  ') || IN_THE_OPEN_BATCH;
          setText(fates, isOld(event) ? `${text}${LAST_SEEN}` : text);
          setAll(fates, { class: all.some(([, { status }]) => status === 'failed' || status === 'dropped') ? 'bad' : '' });
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
      tableOf('events', ['time', 'type', 'sinks', 'redacted', 'category', 'priority'], rows),
      detail,
    ),
    update: ({ events }) => {
      const latest = new Map(events.map((event) => [event.id, event]));
      current = new Set(latest.keys());
      none.hidden = events.length > 0 || known.size > 0;
      if (hold.checked) {
        // While the list is paused, outcomes are still updated.
        for (const [id, event] of known) known.set(id, latest.get(id) ?? event);
      } else {
        known.clear();
        for (const event of events.slice(0, MAX_ROWS)) known.set(event.id, event);
      }
      show([...known.values()]);
      if (selected !== undefined) select(latest.get(selected.id) ?? selected);
    },
  };
}

const IN_THE_OPEN_BATCH = 'in the open batch';
const LAST_SEEN = ', when last seen';

function isSettled({ fates }: DevtoolsEvent): boolean {
  const all = Object.values(fates);
  return all.length > 0 && all.every(({ status }) => status !== 'pending');
}

function detailOf({ type, payload, isCut }: DevtoolsEvent, facts: Node, onExplain: (event: string) => void): Node[] {
  const explain = h('button', {}, 'Explain an event like this');
  explain.addEventListener('click', () => {
    onExplain(eventText(type, payload, isCut));
  });
  return [h('h3', {}, type), facts, h('pre', {}, ...marked(isCut ? `${payload}…` : pretty(payload))), explain];
}

function factsOf({ id, weight, timestamp, redacted, fates }: DevtoolsEvent, isOld: boolean): readonly (readonly [string, string])[] {
  const marks = Object.entries(redacted).map(([name, number]) => `${String(number)} × ${name}`);
  const all = Object.entries(fates);
  const lastSeen = isOld ? LAST_SEEN : '';
  return [
    ['id', id],
    ['captured', instant(timestamp)],
    ['weight', String(weight)],
    ['redacted', marks.join(', ') || 'nothing'],
    ...(all.length === 0 ? [['sinks', `${IN_THE_OPEN_BATCH}${lastSeen}`] as const] : []),
    ...all.map(([sink, { status, why }]) => {
      const text = why === undefined ? status : `${status}: ${why}`;
      return [sink, status === 'pending' ? `${text}${lastSeen}` : text] as const;
    }),
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
