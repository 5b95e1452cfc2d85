import { expect } from 'chai';
import type { DevtoolsControlState } from '../../../lib/devtools/protocol.js';
import { DevtoolsView } from '../../support/devtools-view.js';

describe('controlsView, in Chromium', function () {
  this.timeout(60_000);

  const view = new DevtoolsView('controls-view', 'module.controlsView(send)');

  const controlOf = (name: string, value: string, ...values: string[]): DevtoolsControlState => ({
    name,
    label: `Label ${name}`,
    value,
    values,
  });
  const valueOf = (index: number): Promise<string> => view.page.locator('label select').nth(index).inputValue();

  it('sends the chosen value, and shows the true one if it was not accepted', async () => {
    await view.update({ controls: [controlOf('fault', 'ok', 'ok', 'slow')] });
    await view.page.locator('select').selectOption('slow');
    expect(await view.commands()).to.deep.equal([{ type: 'set', control: 'fault', value: 'slow' }]);
    await view.update({ controls: [controlOf('fault', 'ok', 'ok', 'slow')] });
    expect(await valueOf(0)).to.equal('ok');
  });

  it('offers a value that is not among the choices while it is the current one', async () => {
    for (const value of ['1', '7', '8', '2']) {
      await view.update({ controls: [controlOf('rate', value, '1', '2')] });
      expect(await valueOf(0)).to.equal(value);
    }
    expect(await view.texts('option')).to.deep.equal(['1', '2']);
  });

  it('shows a setting without choices as text, until it has some', async () => {
    await view.update({ controls: [controlOf('fault', 'unreadable: gone')] });
    expect(await view.texts('label')).to.deep.equal(['Label faultunreadable: gone']);
    await view.update({ controls: [controlOf('fault', 'ok', 'ok', 'slow')] });
    expect(await valueOf(0)).to.equal('ok');
  });

  it('shows each setting, whatever its name and its choices contain', async () => {
    await view.update({ controls: [controlOf('a', 'b c', 'b c', 'd'), controlOf('a b', 'c', 'c', 'd')] });
    expect([await valueOf(0), await valueOf(1)]).to.deep.equal(['b c', 'c']);
  });

  it('sends flush and retryNow', async () => {
    for (const name of ['Flush', 'Retry now']) await view.page.getByRole('button', { name }).click();
    expect(await view.commands()).to.deep.equal([{ type: 'flush' }, { type: 'retryNow' }]);
  });
});
