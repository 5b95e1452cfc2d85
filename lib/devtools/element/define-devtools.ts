import { Subscription, timer } from 'rxjs';
import type { DevtoolsSource } from '../devtools-source.js';
import type { DevtoolsAnswer, DevtoolsSnapshot } from '../protocol.js';
import { equations } from '../equations.js';
import { chartView, type Charts } from './chart-view.js';
import { controlsView } from './controls-view.js';
import { deadLettersView } from './dead-letters-view.js';
import { clock, h, setAll, setText } from './dom.js';
import { equationsView } from './equations-view.js';
import { eventsView } from './events-view.js';
import { explainView } from './explain-view.js';
import { History } from './history.js';
import { lanesView } from './lanes-view.js';
import { logView } from './log-view.js';
import { lossesView } from './losses-view.js';
import type { PageHtmlElement } from '../page-types.js';
import { pipelineView } from './pipeline-view.js';
import { STYLES } from './styles.js';
import { tablesView } from './tables-view.js';
import type { Send, View } from './view.js';

/** The name of the element. */
export const DEVTOOLS_TAG = 'event-collector-devtools';

/**
 * `<event-collector-devtools>`: shows what `source` emits.
 *
 * Attributes: `theme="light"` or `"dark"` (default: the system's theme), `docked` (at the bottom of the window, with a button that closes it). It
 * emits `close` when the user closes it.
 */
export interface DevtoolsElement extends PageHtmlElement {
  /** Subscribed while the element is in a document. */
  source: DevtoolsSource | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    'event-collector-devtools': DevtoolsElement;
  }
}

/** Minimum time between frames, however often the source emits. */
const FRAME_MS = 500;

/**
 * Registers `<event-collector-devtools>`. Does nothing if it is registered already, or if there are no custom elements.
 */
export function defineDevtools(): void {
  if (typeof customElements === 'undefined' || customElements.get(DEVTOOLS_TAG) !== undefined) return;

  class EventCollectorDevtools extends HTMLElement implements DevtoolsElement {
    #source: DevtoolsSource | undefined;
    #running: Subscription | undefined;

    get source(): DevtoolsSource | undefined {
      return this.#source;
    }

    set source(source: DevtoolsSource | undefined) {
      this.#source = source;
      if (this.isConnected) this.#restart();
    }

    connectedCallback(): void {
      // A value that was set before the element was defined hides the accessor.
      if (Object.hasOwn(this, 'source')) {
        const early = this.source;
        Reflect.deleteProperty(this, 'source');
        this.#source = early;
      }
      this.#restart();
    }

    disconnectedCallback(): void {
      this.#running?.unsubscribe();
      this.#running = undefined;
    }

    #restart(): void {
      this.disconnectedCallback();
      const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
      this.#running = show(this, root, this.#source);
    }
  }
  customElements.define(DEVTOOLS_TAG, EventCollectorDevtools);
}

/** If no snapshot arrives for this time, the element shows that its data is old. */
const STALE_MS = 5_000;

/** Builds the content of the element, and keeps it up to date until it is unsubscribed. */
function show(host: HTMLElement, root: ShadowRoot, source: DevtoolsSource | undefined): Subscription {
  const status = h('p', { class: 'faint', role: 'status' });
  const send: Send = async (command) => {
    const answer: DevtoolsAnswer = (await source?.send(command)) ?? { ok: false, text: 'There is no source' };
    setText(status, answer.text);
    setAll(status, { class: answer.ok ? 'faint' : 'bad' });
    return answer;
  };
  const history = new History();
  const rates = chartView('Events per second', ['received', 'delivered by all sinks', 'lost']);
  const queues = chartView('Events waiting', ['in the open batch', 'in lanes']);
  const explain = explainView(send);
  const title = h('h1');
  const balance = h('b');
  const time = h('span', { class: 'faint time' });
  const close = h('button', {}, 'Close');
  close.addEventListener('click', () => host.dispatchEvent(new Event('close')));
  const tables = tablesView();
  const views: View[] = [tables];
  const part = (name: string, width: string, view: View): HTMLElement => {
    views.push(view);
    return h('section', { class: width, 'aria-label': name }, h('h2', {}, name), view.element);
  };
  for (const { element } of [rates, queues]) element.className = 'half';
  const grid = h('div', { class: 'grid' });
  grid.append(
    part(
      'Pipeline',
      '',
      pipelineView(() => grid.clientWidth - 62),
    ),
    part('Ledger', '', equationsView()),
    tables.element,
    rates.element,
    queues.element,
    part('Lanes', '', lanesView()),
    part('Settings', 'half', controlsView(send)),
    part('Losses by reason', 'half', lossesView()),
    part('Latest events', '', eventsView(explain.explain)),
    part('Dead letters', 'half', deadLettersView(send)),
    part('Explain an event', 'half', explain),
    part('Diagnostics', '', logView()),
  );
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  root.adoptedStyleSheets = [sheet];
  root.replaceChildren(h('div', { class: 'head' }, title, balance, time, status, ...(host.hasAttribute('docked') ? [close] : [])), grid);

  let latest: DevtoolsSnapshot | undefined;
  let charts: Charts | undefined;
  let frame = 0;
  let drawnAt = -Infinity;
  const draw = (now: number): void => {
    frame = 0;
    // A hidden element has no size; the resize observer draws it when it is shown.
    if (latest === undefined || grid.clientWidth === 0) return;
    if (now - drawnAt < FRAME_MS) {
      request();
      return;
    }
    drawnAt = now;
    const holds = equations(latest.stats).every((equation) => equation.holds);
    setText(title, latest.title);
    setText(balance, holds ? '✓ balanced' : '✗ not balanced');
    setAll(balance, { class: holds ? 'good' : 'bad' });
    setText(time, clock(latest.at));
    for (const { update } of views) update(latest);
    rates.update(history.rates(), charts);
    queues.update(history.queues(), charts);
  };
  const request = (): void => {
    if (frame === 0) frame = requestAnimationFrame(draw);
  };
  const redraw = (): void => {
    rates.reset();
    queues.reset();
    drawnAt = -Infinity;
    request();
  };

  const running = new Subscription();
  let isStale = false;
  let waiting = Subscription.EMPTY;
  const heard = (): void => {
    waiting.unsubscribe();
    if (isStale) setText(status, '');
    isStale = false;
  };
  running.add(heard);
  const expectNext = (since: number): Subscription =>
    timer(STALE_MS).subscribe(() => {
      isStale = true;
      setText(status, `No answer since ${clock(since)}`);
      setAll(status, { class: 'bad' });
    });
  running.add(
    source?.snapshots$.subscribe({
      next: (snapshot) => {
        heard();
        waiting = expectNext(snapshot.at);
        latest = snapshot;
        history.add(snapshot);
        request();
      },
      complete: () => {
        heard();
        setText(status, 'The collector has shut down');
        setAll(status, { class: 'faint' });
      },
      error: (error: unknown) => {
        heard();
        setText(status, error instanceof Error ? error.message : String(error));
        setAll(status, { class: 'bad' });
      },
    }),
  );
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', redraw);
  const resize = new ResizeObserver(request);
  resize.observe(host);
  const theme = new MutationObserver(redraw);
  theme.observe(host, { attributeFilter: ['theme'] });
  running.add(() => {
    cancelAnimationFrame(frame);
    scheme.removeEventListener('change', redraw);
    resize.disconnect();
    theme.disconnect();
    rates.reset();
    queues.reset();
  });
  // Not a static import: uPlot's module reads the page and adds a listener.
  void import('uplot').then(
    (module) => {
      if (running.closed) return;
      charts = module.default;
      drawnAt = -Infinity;
      request();
    },
    () => {
      if (!running.closed) setText(status, 'The code of the charts could not be loaded');
    },
  );
  return running;
}
