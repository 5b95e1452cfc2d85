import { expect } from 'chai';
import { DevtoolsView } from '../../support/devtools-view.js';

describe('tablesView, in Chromium', function () {
  this.timeout(60_000);

  const view = new DevtoolsView('tables-view', 'module.tablesView()');

  const SALES = {
    title: 'Sales',
    note: 'Of today.',
    columns: ['shop', 'orders'],
    rows: [{ cells: ['Paris', '3'] }, { cells: ['Rome', '1'] }],
  };
  const ERRORS = { title: 'Errors', columns: ['code'], rows: [] };

  it('has a section for each table, in their order', async () => {
    await view.update({ tables: [SALES, ERRORS] });
    const sections = await view.page
      .locator('section')
      .evaluateAll((all) => all.map((section) => [section.ariaLabel, section.textContent]));
    expect(sections).to.deep.equal([
      ['Sales', 'SalesshopordersParis3Rome1Of today.'],
      ['Errors', 'Errorscode'],
    ]);
    expect(await view.texts('tbody th[scope=row]')).to.deep.equal(['Paris', 'Rome']);
    expect(await view.page.getByRole('group', { name: 'Table of Sales' }).count()).to.equal(1);
  });

  it('shows a share as a bar in the heading of its row', async () => {
    const rows = [1, 0.256, 0, undefined].map((share) => ({ cells: [String(share)], ...(share !== undefined && { share }) }));
    await view.update({ tables: [{ ...ERRORS, rows }] });
    const bars = await view.page
      .locator('tbody th')
      .evaluateAll((heads) => heads.map((head) => [head.textContent, head.querySelector('i')?.style.width]));
    expect(bars).to.deep.equal([
      ['1', '100%'],
      ['0.256', '25.6%'],
      ['0', undefined],
      ['undefined', undefined],
    ]);
  });

  it('draws a changed table again, and keeps the others', async () => {
    await view.update({ tables: [SALES, ERRORS] });
    const old = await view.page.evaluateHandle(() => [...document.querySelectorAll('section')]);
    await view.update({ tables: [{ ...SALES, rows: [{ cells: ['Oslo', '7'] }] }, ERRORS] });
    expect(await view.texts('tbody tr')).to.deep.equal(['Oslo7']);
    expect(await old.evaluate((sections) => sections.map((section) => section.isConnected))).to.deep.equal([false, true]);
    await view.update({ tables: [ERRORS] });
    expect(await view.texts('h2')).to.deep.equal(['Errors']);
  });

  it('shows markup as text, and accepts a row without cells', async () => {
    const markup = '<b>bold</b>';
    await view.update({ tables: [{ title: markup, note: markup, columns: [markup], rows: [{ cells: [markup, markup] }, { cells: [] }] }] });
    for (const place of ['h2', 'p', 'thead th', 'td']) expect(await view.texts(place), place).to.deep.equal([markup]);
    expect(await view.texts('tbody th')).to.deep.equal([markup, '']);
    expect(await view.page.locator('b').count()).to.equal(0);
  });
});
