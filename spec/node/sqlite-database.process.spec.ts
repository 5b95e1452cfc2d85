import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/sources.js';

const HIDE = join(ROOT, 'spec/support/programs/without-sqlite.cjs');
const OPEN = `
  import { openEventStore } from './lib/node/index.ts';
  try {
    const store = openEventStore({ path: ':memory:' });
    store.append([]);
    console.log(JSON.stringify({ events: store.stats().events }));
  } catch ({ kind, code, retryable, message, cause }) {
    console.log(JSON.stringify({ kind, code, retryable, message, causes: cause.errors.map((each) => each.code) }));
  }
`;

describe('the SQLite driver of a store that is opened by its path', function () {
  this.timeout(60_000);

  const openWithout = (packages: readonly string[]): unknown =>
    JSON.parse(
      execFileSync(process.execPath, ['--require', HIDE, '--import', 'tsx', '--input-type', 'module', '--eval', OPEN], {
        cwd: ROOT,
        encoding: 'utf8',
        env: { ...process.env, WITHOUT_SQLITE: packages.join(',') },
      }),
    );

  it('is an installed package if Node has none', () => {
    expect(openWithout([])).to.deep.equal({ events: 0 });
  });

  it('is missing if Node has no node:sqlite and no package is installed', () => {
    expect(openWithout(['@photostructure/sqlite', 'better-sqlite3'])).to.deep.equal({
      kind: 'unavailable',
      code: 'SQLITE_MISSING',
      retryable: false,
      message: 'This version of Node has no node:sqlite: install @photostructure/sqlite or better-sqlite3, or pass a `database`',
      causes: ['MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'],
    });
  });
});
