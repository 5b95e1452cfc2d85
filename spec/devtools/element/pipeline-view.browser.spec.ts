import { expect } from 'chai';
import { DevtoolsView, laneWith, statsWith } from '../../support/devtools-view.js';

describe('pipelineView, in Chromium', function () {
  this.timeout(60_000);

  const view = new DevtoolsView('pipeline-view', 'module.pipelineView(() => window.room ?? 2_000)');

  const label = (): Promise<string | null> => view.page.locator('svg').getAttribute('aria-label');

  it('shows what passed each step, and what did not, on both sides of stages', async () => {
    const counts = { eventsReceived: 100, eventsInvalid: 1, eventsFiltered: 9, eventsSampledOut: 40, eventsDropped: 12 };
    const stages = { droppedBefore: 10, stagesIn: 40, stagesOut: 35, droppedAfter: 2, eventsBuffered: 3, eventsProcessed: 30 };
    await view.update({ stats: statsWith({ ...counts, ...stages }) });
    expect(await label()).to.equal(
      'Pipeline: received 100 (1 invalid), admitted 90 (9 filtered), sampled 50 (40 sampled out), accepted 40 (10 dropped), stages 35 (5 inside), in batches 30 (2 dropped, 3 in the open batch)',
    );
    expect(await view.texts('.bad .name')).to.deep.equal(['received', 'accepted', 'in batches']);
  });

  it('shows the state of each lane: bad, waiting or good', async () => {
    const sinks = {
      open: laneWith({ breaker: 'open' }),
      busy: laneWith({ pending: 5_000 }),
      idle: laneWith({ delivered: 7 }),
      gone: laneWith({ removed: true, dropped: 1 }),
    };
    await view.update({ stats: statsWith({ sinks }), lanes: { busy: { state: 'active', maxEvents: 10_000 } } });
    expect(await view.texts('.bad .name')).to.deep.equal(['open · breaker open', 'gone · removed']);
    expect([await view.texts('.warning .name'), await view.texts('.good .name')]).to.deep.equal([['busy'], ['idle']]);
    expect(await view.texts('.warning .note')).to.deep.equal(['5K pending', '']);
    const fills = await view.page.locator('.fill').evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('width'))));
    expect(fills.filter((width) => width > 0)).to.deep.equal([113]);
  });

  it('shortens a long name of a sink, so that its state fits', async () => {
    const name = 'x'.repeat(50);
    await view.update({ stats: statsWith({ sinks: { [name]: laneWith({ breaker: 'half-open' }), [`y${name}`]: laneWith() } }) });
    const [halfOpen, closed] = (await view.texts('.good .name')).sort();
    expect([halfOpen, closed]).to.deep.equal([`${'x'.repeat(13)}… · breaker half-open`, `y${'x'.repeat(32)}…`]);
  });

  it('is drawn from top to bottom where it would be too small, and at least 200 px wide', async () => {
    const box = async (): Promise<string | null> => view.page.locator('svg').getAttribute('viewBox');
    await view.update({});
    expect(await box()).to.equal('0 0 1116 118');
    await view.page.evaluate('window.room = 400');
    await view.update({});
    expect(await box()).to.equal('0 0 400 478');
    await view.page.evaluate('window.room = -10');
    await view.update({});
    expect(await box()).to.equal('0 0 200 478');
  });
});
