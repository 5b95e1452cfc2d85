import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe-core finds in a page, or in an element of it: one line per fault and node. */
export async function violationsIn(page: Page, where = 'html'): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (selector) => {
    const engine = Reflect.get(window, 'axe') as {
      run: (context: string) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
    };
    const { violations } = await engine.run(selector);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  }, where);
}

/** By how many pixels a page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
