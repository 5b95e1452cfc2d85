import { expect } from 'chai';
import { DEVTOOLS_TAG, defineDevtools } from '../../../lib/devtools/element/define-devtools.js';
import { DevtoolsView, statsWith } from '../../support/devtools-view.js';
import { until } from '../../support/until.js';

/** The element, with a source whose observers the test calls. */
const ELEMENT = `(() => {
  module.defineDevtools();
  const element = document.createElement(module.DEVTOOLS_TAG);
  const sourceOf = (observers) => ({
    snapshots$: { subscribe: (observer) => { observers.add(observer); return () => observers.delete(observer); } },
    send,
  });
  const observers = new Set();
  element.source = sourceOf(observers);
  const all = (call) => (value) => observers.forEach((observer) => observer[call](value));
  return { module, element, sourceOf, observers, update: all('next'), error: all('error'), complete: all('complete') };
})()`;

describe('defineDevtools, in Chromium', function () {
  this.timeout(60_000);

  const view = new DevtoolsView('define-devtools', ELEMENT);

  const status = () => view.page.getByRole('status');
  const title = () => view.page.locator('h1');
  const balance = () => view.page.locator('.head b');
  const stopTime = async () => {
    await view.page.clock.install({ time: 0 });
    await view.page.clock.pauseAt(60_000);
  };
  const subscribers = () => view.page.evaluate('view.observers.size');

  it('does nothing the second time, or without custom elements', async () => {
    const isKept = `(() => {
      const before = customElements.get(module.DEVTOOLS_TAG);
      module.defineDevtools();
      return before !== undefined && customElements.get(module.DEVTOOLS_TAG) === before;
    })()`;
    expect(await view.page.evaluate(`((module) => ${isKept})(view.module)`)).to.equal(true);
    expect(DEVTOOLS_TAG).to.equal('event-collector-devtools');
    expect(defineDevtools).to.not.throw();
  });

  it('subscribes to the source while the element is in the document', async () => {
    expect(await subscribers()).to.equal(1);
    await view.page.evaluate('view.element.remove()');
    expect(await subscribers()).to.equal(0);
    await view.page.evaluate('document.body.append(view.element)');
    expect(await subscribers()).to.equal(1);
    await view.page.evaluate('window.second = new Set(); view.element.source = view.sourceOf(second)');
    expect(await view.page.evaluate('[view.observers.size, second.size]')).to.deep.equal([0, 1]);
    await view.page.evaluate('view.element.source = undefined');
    expect(await view.page.evaluate('second.size')).to.equal(0);
  });

  it('shows the title and whether every equation holds, at most once in 500 ms', async () => {
    await stopTime();
    await view.update({ title: 'First' });
    await view.page.clock.runFor(50);
    expect(await title().textContent()).to.equal('First');
    expect([await balance().textContent(), await balance().getAttribute('class')]).to.deep.equal(['✓ balanced', 'good']);
    await view.update({ title: 'Second', stats: statsWith({ eventsReceived: 1 }) });
    await view.page.clock.runFor(400);
    expect(await title().textContent()).to.equal('First');
    await view.page.clock.runFor(150);
    expect(await title().textContent()).to.equal('Second');
    expect([await balance().textContent(), await balance().getAttribute('class')]).to.deep.equal(['✗ not balanced', 'bad']);
  });

  it('shows old data as a fault, until the next snapshot arrives', async () => {
    await stopTime();
    await view.update({});
    await view.page.clock.runFor(4_900);
    expect(await status().textContent()).to.equal('');
    await view.page.clock.runFor(200);
    expect(await status().textContent()).to.match(/^No answer since \d\d:\d\d:\d\d$/);
    expect(await status().getAttribute('class')).to.equal('bad');
    await view.update({});
    expect(await status().textContent()).to.equal('');
  });

  it('shows the end and the error of a source', async () => {
    await stopTime();
    await view.update({});
    await view.page.clock.runFor(5_100);
    await view.page.evaluate('view.complete()');
    expect([await status().textContent(), await status().getAttribute('class')]).to.deep.equal(['The collector has shut down', 'faint']);
    await view.page.evaluate("view.error(new Error('The port is closed'))");
    expect([await status().textContent(), await status().getAttribute('class')]).to.deep.equal(['The port is closed', 'bad']);
  });

  it('shows the answer to a command, and that there is no source', async () => {
    const explain = view.page.getByRole('button', { name: 'Explain', exact: true });
    await view.update({});
    await explain.click();
    await until(async () => (await view.commands()).length === 1);
    await view.answer(0, { ok: false, text: 'Not now' });
    await status().getByText('Not now').waitFor();
    expect(await status().getAttribute('class')).to.equal('bad');
    await view.page.evaluate('view.element.source = undefined');
    await explain.click();
    await until(async () => (await status().textContent()) === 'There is no source');
  });

  it('has a button that emits `close` if it is docked', async () => {
    const close = view.page.getByRole('button', { name: 'Close' });
    expect(await close.count()).to.equal(0);
    await view.page.evaluate(
      "view.element.remove(); view.element.setAttribute('docked', ''); view.element.addEventListener('close', () => { window.isClosed = true; }); document.body.append(view.element)",
    );
    await close.click();
    expect(await view.page.evaluate('isClosed')).to.equal(true);
  });
});
