import { expect } from 'chai';
import { scriptOf } from '../../support/chromium.js';
import { DevtoolsView } from '../../support/devtools-view.js';

describe('chartView, in Chromium', function () {
  this.timeout(60_000);

  let library: string;
  const view = new DevtoolsView('chart-view', "module.chartView('Waiting', ['open', 'in lanes'])");

  before(async () => {
    library = await scriptOf({ text: "import uPlot from 'uplot'; Object.assign(window, { uPlot });" });
  });

  beforeEach(() => view.page.addScriptTag({ content: library }));

  const update = (curves: readonly (readonly (number | null)[])[], charts = 'uPlot') =>
    view.page.evaluate(`view.update(${JSON.stringify(curves)}, ${charts})`);
  const CURVES = [
    [100, 101, 102],
    [1, 2, 1_234.5],
    [0, null, 7],
  ];
  const image = () => view.page.getByRole('img');
  const canvases = () => view.page.locator('canvas');

  it('shows the latest values before the code of the charts is loaded', async () => {
    await update(CURVES, 'undefined');
    expect(await view.texts('.legend')).to.deep.equal(['open 1.2Kin lanes 7']);
    expect(await image().getAttribute('aria-label')).to.equal('Waiting: open 1.2K, in lanes 7');
    expect(await canvases().count()).to.equal(0);
  });

  it('shows 0 for a curve without a latest value', async () => {
    await update([[100], [null], []], 'undefined');
    expect(await image().getAttribute('aria-label')).to.equal('Waiting: open 0, in lanes 0');
  });

  it('draws one chart, and later values and sizes into the same one', async () => {
    const pixels = () =>
      canvases().evaluate((canvas) => {
        if (!(canvas instanceof HTMLCanvasElement)) throw new TypeError('Expected a canvas');
        return { width: canvas.width, picture: canvas.toDataURL() };
      });
    await view.page.setViewportSize({ width: 600, height: 400 });
    await update(CURVES);
    const canvas = await canvases().elementHandle();
    const first = await pixels();
    await update([
      [100, 101, 102],
      [9, 5, 1],
      [3, 3, 3],
    ]);
    const second = await pixels();
    expect(second.width).to.equal(first.width);
    expect(second.picture).to.not.equal(first.picture);
    await view.page.setViewportSize({ width: 500, height: 400 });
    await update(CURVES);
    expect((await pixels()).width).to.equal(first.width - 100);
    expect(await canvas.evaluate((element) => element.isConnected)).to.equal(true);
  });

  it('draws nothing while it is hidden', async () => {
    await view.page.evaluate('view.element.hidden = true');
    await update(CURVES);
    expect(await canvases().count()).to.equal(0);
    await view.page.evaluate('view.element.hidden = false');
    await update(CURVES);
    expect(await canvases().count()).to.equal(1);
  });

  it('is drawn in the new colours after a reset', async () => {
    const strokes = () => view.page.evaluate('seen.map((chart) => chart.axes[0].stroke())');
    await view.page.evaluate(
      'window.seen = []; window.Charts = class extends uPlot { constructor(...all) { super(...all); seen.push(this); } }',
    );
    await update(CURVES, 'Charts');
    await view.page.evaluate("view.element.style.color = 'rgb(1, 2, 3)'; view.reset(); view.reset()");
    expect(await canvases().count()).to.equal(0);
    await update(CURVES, 'Charts');
    expect(await canvases().count()).to.equal(1);
    expect(await strokes()).to.deep.equal(['rgb(0, 0, 0)', 'rgb(1, 2, 3)']);
  });
});
