import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { apiReports, type ApiReport } from '../scripts/api-report.js';
import { entries, ROOT } from '../scripts/entries.js';

describe('api', function () {
  this.timeout(180_000);

  let reports: ReadonlyMap<string, ApiReport>;

  before(() => {
    reports = new Map([...apiReports()].map(([{ path }, report]) => [path, report]));
  });

  for (const { path, name } of entries()) {
    // If the change is meant: `npm run api`, and commit the file.
    it(`of ${path} is what api/${name}.api.md says`, () => {
      const file = resolve(ROOT, `api/${name}.api.md`);
      const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
      const text = reports.get(path)?.text ?? '';
      // What differs first: the whole is too long for a readable failure.
      expect(sectionsBeyond(known, text)).to.deep.equal(sectionsBeyond(text, known));
      expect(text).to.equal(known);
    });

    it(`of ${path} mentions no type that a user can not import`, () => {
      expect(reports.get(path)?.unnamed).to.deep.equal([]);
    });
  }
});

/** The sections of a report that another one doesn't have. */
function sectionsBeyond(other: string, report: string): string {
  const known = new Set(other.split(/^(?=##)/m));
  return report
    .split(/^(?=##)/m)
    .filter((section) => !known.has(section))
    .join('');
}
