import { expect } from 'chai';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { defer, finalize, type Observable } from 'rxjs';
import { EventCollector, MemorySink, type AnalyticsEvent } from '../../../lib/index.js';
import { ROOT } from '../../../scripts/entries.js';
import { RUN } from './framework-server.js';

const FOLDER = import.meta.dirname;

interface ReactHooks {
  readonly CollectorProvider: unknown;
  useCollector(): EventCollector;
  useLatest<T>(values$: Observable<T>, initial: T): T;
}
interface VueHooks {
  readonly collectorPlugin: (app: unknown, collector: EventCollector) => void;
  useCollector(): EventCollector;
  useLatest<T>(values$: Observable<T>, initial: T): { readonly value: T };
}

interface React {
  readonly StrictMode: unknown;
  createElement(type: unknown, props?: object | null, ...children: unknown[]): unknown;
  act(work: () => void): PromiseLike<void>;
}
interface ReactDom {
  createRoot(element: Element): { render(element: unknown): void; unmount(): void };
}
interface VueApp {
  use(plugin: unknown, ...options: unknown[]): VueApp;
  mount(element: Element): unknown;
  unmount(): void;
  readonly config: { errorHandler: unknown; warnHandler: unknown };
}
interface Vue {
  createApp(component: unknown): VueApp;
  h(type: unknown, props: object, children: unknown): unknown;
  nextTick(): Promise<void>;
}
interface Jsdom {
  readonly JSDOM: new (html: string) => { readonly window: Window & typeof globalThis };
}

/** The hooks of examples/frameworks, in the real libraries. Install them with `npm ci --ignore-scripts` in this folder. */
describe('hooks of examples/frameworks', function () {
  this.timeout(60_000);
  const load = createRequire(import.meta.url);
  const names = ['window', 'document', 'navigator', 'Element', 'SVGElement', 'MathMLElement', 'IS_REACT_ACT_ENVIRONMENT'] as const;
  const globalsBefore = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);

  let root: Element;
  let collector: EventCollector;
  let sink: MemorySink;
  /** `collector.events$`, and how many are subscribed to it. */
  let events$: Observable<AnalyticsEvent>;
  let subscribers: number;

  before(function () {
    if (!existsSync(join(FOLDER, 'node_modules/vue'))) {
      this.skip();
      return;
    }
    const { JSDOM } = load('jsdom') as Jsdom;
    const { window } = new JSDOM('<!doctype html><main></main>');
    for (const name of names) {
      const value: unknown = name === 'window' ? window : (Reflect.get(window, name) ?? true);
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
    // As copies, the examples find the packages of this folder.
    mkdirSync(RUN, { recursive: true });
    for (const name of ['react.tsx', 'vue.ts']) copyFileSync(join(ROOT, 'examples/frameworks', name), join(RUN, name));
  });

  beforeEach(() => {
    root = document.createElement('div');
    document.querySelector('main')?.append(root);
    sink = new MemorySink();
    collector = new EventCollector({ sinks: [sink] });
    subscribers = 0;
    events$ = defer(() => {
      subscribers += 1;
      return collector.events$.pipe(finalize(() => (subscribers -= 1)));
    });
  });

  afterEach(() => {
    root.remove();
    return collector.shutdown();
  });

  after(() => {
    for (const [name, descriptor] of globalsBefore) {
      Reflect.deleteProperty(globalThis, name);
      if (descriptor !== undefined) Object.defineProperty(globalThis, name, descriptor);
    }
    rmSync(RUN, { recursive: true, force: true });
  });

  const click = (): void => {
    root.querySelector('button')?.click();
  };
  const delivered = async (): Promise<string[]> => {
    await collector.flush();
    return sink.events.map(({ type }) => type);
  };

  describe('React', () => {
    let react: React;
    let dom: ReactDom;
    let hooks: ReactHooks;

    before(async () => {
      react = load('react') as React;
      dom = load('react-dom/client') as ReactDom;
      hooks = (await import(join(RUN, 'react.tsx'))) as ReactHooks;
    });

    /** A button that shows the type of the latest event, and tracks clicks. */
    const Button = (): unknown => {
      const used = hooks.useCollector();
      const latest = hooks.useLatest<AnalyticsEvent | undefined>(events$, undefined);
      return react.createElement('button', { onClick: () => used.track('clicked') }, latest?.type ?? 'none');
    };

    it('track, and render the latest value, also in strict mode', async () => {
      const view = dom.createRoot(root);
      const provider = react.createElement(hooks.CollectorProvider, { value: collector }, react.createElement(Button));
      await react.act(() => view.render(react.createElement(react.StrictMode, null, provider)));
      expect([root.textContent, subscribers]).to.deep.equal(['none', 1]);
      await react.act(click);
      expect(root.textContent).to.equal('clicked');
      expect(await delivered()).to.deep.equal(['clicked']);
      await react.act(() => view.unmount());
      expect(subscribers).to.equal(0);
    });

    it('throw without a provider', () => {
      const view = dom.createRoot(root);
      // Thrown by React before there is a promise.
      const render = (): void => void react.act(() => view.render(react.createElement(Button)));
      expect(render).to.throw('Expected a <CollectorProvider value={collector}> around this component');
    });
  });

  describe('Vue', () => {
    let vue: Vue;
    let hooks: VueHooks;

    before(async () => {
      vue = load('vue') as Vue;
      hooks = (await import(join(RUN, 'vue.ts'))) as VueHooks;
    });

    const Button = {
      setup: () => {
        const used = hooks.useCollector();
        const latest = hooks.useLatest<AnalyticsEvent | undefined>(events$, undefined);
        return () => vue.h('button', { onClick: () => used.track('clicked') }, latest.value?.type ?? 'none');
      },
    };

    it('track, and render the latest value', async () => {
      const app = vue.createApp(Button).use(hooks.collectorPlugin, collector);
      app.mount(root);
      expect([root.textContent, subscribers]).to.deep.equal(['none', 1]);
      click();
      await vue.nextTick();
      expect(root.textContent).to.equal('clicked');
      expect(await delivered()).to.deep.equal(['clicked']);
      app.unmount();
      expect(subscribers).to.equal(0);
    });

    it('collect errors of components, without their message', async () => {
      const { error: logged } = console;
      const errors: unknown[] = [];
      console.error = (error: unknown) => errors.push(error);
      try {
        const failure = new RangeError('a secret');
        const onClick = (): never => {
          throw failure;
        };
        const app = vue.createApp({ setup: () => () => vue.h('button', { onClick }, '') }).use(hooks.collectorPlugin, collector);
        app.mount(root);
        click();
        await collector.flush();
        expect(sink.events.map(({ type, data }) => [type, data])).to.deep.equal([
          ['error_occurred', { name: 'RangeError', info: 'native event handler' }],
        ]);
        expect(errors).to.deep.equal([failure]);
        app.unmount();
      } finally {
        console.error = logged;
      }
    });

    it('throw without the plugin', () => {
      const app = vue.createApp(Button);
      app.config.warnHandler = () => undefined;
      expect(() => app.mount(root)).to.throw('Expected `app.use(collectorPlugin, collector)`');
    });
  });
});
