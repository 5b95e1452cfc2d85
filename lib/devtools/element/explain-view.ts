import type { StageExplanation } from '../../collector/explain.js';
import { h } from './dom.js';
import type { Send, View } from './view.js';

const TONES = { passes: 'good', stops: 'bad', held: 'warning', chance: 'warning', unknown: 'warning' } as const;
const MARKS = { passes: '✓', stops: '✗', held: '…', chance: '?', unknown: '?' } as const;

/** `explain` for an event that the user types. */
export function explainView(send: Send): View & { readonly explain: (event: string) => void } {
  const input = h('textarea', { rows: '4', spellcheck: 'false', 'aria-label': 'Event, as JSON' });
  input.value = '{ "type": "feature_used", "data": { "user": "ada@example.org" } }';
  const result = h('ol', { class: 'stages' });
  let latest: ReturnType<Send> | undefined;
  const run = async (): Promise<void> => {
    const answering = send({ type: 'explain', event: input.value });
    latest = answering;
    const { explanation, text } = await answering;
    // Answers of a collector elsewhere may arrive in another order.
    if (latest !== answering) return;
    result.replaceChildren(...(explanation?.stages.map(stageRow) ?? [h('li', { class: 'bad' }, text)]));
  };
  const form = h('form', {}, input, h('button', { type: 'submit' }, 'Explain'), result);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run();
  });
  return {
    element: form,
    update: () => undefined,
    explain: (event) => {
      input.value = event;
      input.focus();
      void run();
    },
  };
}

function stageRow({ stage, verdict, why, paths = [], sinks = [] }: StageExplanation): HTMLElement {
  const more = [...paths, ...sinks].join(', ');
  return h('li', { class: TONES[verdict] }, h('b', {}, `${MARKS[verdict]} ${stage}`), h('span', {}, more === '' ? why : `${why}: ${more}`));
}
