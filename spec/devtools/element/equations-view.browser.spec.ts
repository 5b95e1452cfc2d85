import { expect } from 'chai';
import { DevtoolsView, laneWith, statsWith } from '../../support/devtools-view.js';

describe('equationsView, in Chromium', function () {
  this.timeout(60_000);

  const view = new DevtoolsView('equations-view', 'module.equationsView()');

  const rows = () =>
    view.page
      .locator('li')
      .evaluateAll((all) =>
        all.map((row) => [
          row.getAttribute('class'),
          row.querySelector('.mark')?.textContent,
          row.querySelector('.mark')?.ariaLabel,
          row.querySelector('b')?.textContent,
          row.lastChild?.textContent,
        ]),
      );

  it('has the equation of the collector and one for each sink, with grouped digits', async () => {
    const warehouse = laneWith({ offered: 1_200, delivered: 1_000, pending: 200 });
    await view.update({ stats: statsWith({ eventsReceived: 1_200, eventsProcessed: 1_200, sinks: { warehouse } }) });
    expect(await rows()).to.deep.equal([
      [
        'good',
        '✓',
        'holds',
        'collector',
        '1,200 received = 0 invalid + 0 closed + 0 filtered + 0 sampled out + 0 dropped + 0 buffered + 1,200 processed',
      ],
      ['good', '✓', 'holds', 'warehouse', '1,200 offered = 1,000 delivered + 0 failed + 0 dropped + 200 pending'],
    ]);
  });

  it('marks an equation that does not hold, until it holds', async () => {
    const marks = async () => (await rows()).map((row) => row.slice(0, 4));
    const good = ['good', '✓', 'holds'];
    await view.update({ stats: statsWith({ sinks: { warehouse: laneWith({ offered: 1 }) } }) });
    expect(await marks()).to.deep.equal([
      [...good, 'collector'],
      ['bad', '✗', 'does not hold', 'warehouse'],
    ]);
    const row = await view.page.locator('li').last().elementHandle();
    await view.update({ stats: statsWith({ sinks: { warehouse: laneWith({ offered: 1, failed: 1 }) } }) });
    expect(await marks()).to.deep.equal([
      [...good, 'collector'],
      [...good, 'warehouse'],
    ]);
    expect(await row.evaluate((element) => element.isConnected)).to.equal(true);
  });

  it('has two rows for a collector with stages', async () => {
    await view.update({ stats: statsWith({ eventsReceived: 2, stagesIn: 2, stagesOut: 3, eventsBuffered: 3 }) });
    expect((await rows()).map(([, mark, , name, text]) => `${mark ?? ''} ${name ?? ''}: ${text ?? ''}`)).to.deep.equal([
      '✓ collector: 2 received = 0 invalid + 0 closed + 0 filtered + 0 sampled out + 0 dropped before stages + 2 into stages',
      '✓ collector: 3 out of stages = 3 buffered + 0 processed + 0 dropped after stages',
    ]);
  });

  it('removes the row of a sink that has gone, and shows names as text', async () => {
    const sinks = { gone: laneWith(), '<i>crm</i>': laneWith() };
    await view.update({ stats: statsWith({ sinks }) });
    expect(await view.texts('b')).to.deep.equal(['collector', 'gone', '<i>crm</i>']);
    await view.update({ stats: statsWith({ sinks: { '<i>crm</i>': laneWith() } }) });
    expect(await view.texts('b')).to.deep.equal(['collector', '<i>crm</i>']);
    expect(await view.page.locator('i').count()).to.equal(0);
  });
});
