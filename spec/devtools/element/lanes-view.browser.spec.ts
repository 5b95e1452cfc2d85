import { expect } from 'chai';
import { DevtoolsView, laneWith, statsWith } from '../../support/devtools-view.js';

describe('lanesView, in Chromium', function () {
  this.timeout(60_000);

  const view = new DevtoolsView('lanes-view', 'module.lanesView()');

  it('has a row for each sink', async () => {
    const warehouse = laneWith({ pending: 900, delivered: 1_234, failed: 1, attempts: 20, retries: 3, breaker: 'open' });
    await view.update({
      stats: statsWith({ sinks: { warehouse, crm: laneWith({ breaker: 'off' }) } }),
      lanes: {
        warehouse: { state: 'active', maxEvents: 1_000, nextAttemptInMs: 1_250 },
        crm: { state: 'paused', maxEvents: 10 },
      },
    });
    const cells = await view.page
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
    expect(cells).to.deep.equal([
      ['warehouse', '900 of 1,000', 'active', 'open', 'in 1.3 s', '1,234', '1', '0', '20', '3'],
      ['crm', '0 of 10', 'paused', 'off', '–', '0', '0', '0', '0', '0'],
    ]);
    expect(await view.texts('.bad')).to.deep.equal(['open', '1']);
    expect(await view.texts('.warning')).to.deep.equal(['3']);
    const meters = await view.page
      .locator('meter')
      .evaluateAll((all) => all.map((meter) => [meter.ariaLabel, (meter as HTMLMeterElement).value]));
    expect(meters).to.deep.equal([
      ['Queue of warehouse', 900],
      ['Queue of crm', 0],
    ]);
  });

  it('lists a sink that has left, without a bound of its queue', async () => {
    await view.update({ stats: statsWith({ sinks: { gone: laneWith({ removed: true, dropped: 2 }) } }) });
    expect((await view.texts('tbody td')).slice(0, 3)).to.deep.equal(['0', 'removed', 'closed']);
    expect(await view.texts('.bad')).to.deep.equal(['2']);
  });

  it('shows a lane whose state is not known', async () => {
    await view.update({ stats: statsWith({ sinks: { foreign: laneWith({ pending: 3 }) } }) });
    expect((await view.texts('tbody td')).slice(0, 2)).to.deep.equal(['3', '–']);
  });
});
