import type { Browser, Page } from 'playwright-core';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { DevtoolsCommand, DevtoolsSnapshot } from '../../lib/devtools/protocol.js';
import type { CollectorStats, LaneStats } from '../../lib/index.js';
import { launchChromium, scriptOf } from './chromium.js';

/** A view of the devtools in a page, without the rest of the element: a new one for each test of the `describe` that creates it, in one Chromium. */
export class DevtoolsView {
  page!: Page;

  /** @param view an expression that creates the view, from a module of `lib/devtools/element`; `send` keeps commands until `answer` is called */
  constructor(module: string, view: string) {
    let browser: Browser | undefined;
    before(async function () {
      browser = await launchChromium(this);
    });
    after(() => browser?.close());
    beforeEach(async () => {
      this.page = await pageWith(browser as Browser, module, view);
    });
    afterEach(() => this.page.close());
  }

  update(snapshot: Partial<DevtoolsSnapshot>): Promise<unknown> {
    return this.page.evaluate(`view.update(${JSON.stringify({ ...EMPTY, ...snapshot })})`);
  }

  commands(): Promise<DevtoolsCommand[]> {
    return this.page.evaluate('commands');
  }

  /** Answers the command with this index. */
  answer(index: number, answer: object): Promise<unknown> {
    return this.page.evaluate(`answers[${String(index)}](${JSON.stringify({ ok: true, text: '', ...answer })})`);
  }

  /** The text of each element that matches. */
  texts(selector: string): Promise<string[]> {
    return this.page.locator(selector).allTextContents();
  }
}

async function pageWith(browser: Browser, module: string, view: string): Promise<Page> {
  const page = await browser.newPage();
  await page.setContent('<!doctype html><main></main>');
  const text = `
    import * as module from './lib/devtools/element/${module}.js';
    const commands = [];
    const answers = [];
    const send = (command) => { commands.push(command); return new Promise((resolve) => answers.push(resolve)); };
    const view = ((module, send) => ${view})(module, send);
    document.querySelector('main').append(view.element);
    Object.assign(window, { view, commands, answers });
  `;
  await page.addScriptTag({ content: await scriptOf({ text }) });
  return page;
}

const EMPTY: DevtoolsSnapshot = {
  version: 1,
  title: 'Shop',
  at: 0,
  stats: new EventCollector({ sinks: [] }).stats(),
  lanes: {},
  controls: [],
  events: [],
  deadLetters: [],
  log: [],
  tables: [],
};

/** The ledger of an idle collector, with these counts. */
export const statsWith = ({ dropped, ...counts }: Counts): CollectorStats => ({
  ...EMPTY.stats,
  ...counts,
  dropped: { ...EMPTY.stats.dropped, ...dropped },
});

type Counts = Partial<Omit<CollectorStats, 'dropped'>> & { readonly dropped?: Partial<CollectorStats['dropped']> };

/** The ledger of an idle lane, with these counts. */
export const laneWith = (counts: Partial<LaneStats> = {}): LaneStats => ({
  offered: 0,
  recovered: 0,
  delivered: 0,
  failed: 0,
  dropped: 0,
  kept: 0,
  pending: 0,
  attempts: 0,
  retries: 0,
  droppedBy: {},
  breaker: 'closed',
  ...counts,
});
