import { expect } from 'chai';
import { DevtoolsView, laneWith, statsWith } from '../../support/devtools-view.js';

describe('lossesView, in Chromium', function () {
  this.timeout(60_000);

  const view = new DevtoolsView('losses-view', 'module.lossesView()');

  const none = () => view.page.getByText('Every event has arrived or is on its way.');

  it('lists the reasons with their counts, the most frequent first', async () => {
    await view.update({ stats: statsWith({ eventsFiltered: 30, eventsSampledOut: 2_000, eventsInvalid: 1, dropped: { overflow: 500 } }) });
    expect(await view.texts('li')).to.deep.equal(['sampled out2,000', 'overflow500', 'filtered30', 'invalid1']);
    expect(await none().isVisible()).to.equal(false);
    const widths = await view.page.locator('li i').evaluateAll((bars) => bars.map((bar) => bar.getAttribute('style')));
    expect(widths).to.deep.equal(['width: 100%;', 'width: 25%;', 'width: 1.5%;', 'width: 0.1%;']);
  });

  it('lists failures and drops of each sink under its name', async () => {
    const lane = laneWith({ failed: 3, dropped: 2, droppedBy: { stage_error: 2 } });
    await view.update({ stats: statsWith({ sinks: { click_house: lane, idle: laneWith() } }) });
    expect(await view.texts('li')).to.deep.equal(['click_house: failed3', 'click_house: stage error2']);
  });

  it('shows a sentence while nothing is lost', async () => {
    await view.update({});
    expect(await view.texts('li')).to.deep.equal([]);
    expect(await none().isVisible()).to.equal(true);
  });
});
