import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main, USAGE } from '../../examples/report/index.js';
import { reportPage } from '../../examples/report/page.js';
import { questionsTo } from '../../examples/report/questions.js';
import { openEventStore, type EventStore } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';
import { anySqlite } from '../support/sqlite-drivers.js';

const HOUR_MS = 3_600_000;
const DEFAULTS = { by: undefined, steps: undefined, withinMs: undefined };

describe('examples/report', () => {
  let folder: string;
  let path: string;
  let store: EventStore;
  let printed: string[];

  before(function () {
    anySqlite(this);
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-'));
    path = join(folder, 'events.db');
    store = openEventStore({ path });
    printed = [];
  });

  afterEach(async () => {
    store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]): number => main(args, (line) => printed.push(line));
  const act = (user: string, type: string, timestamp: number, data: object = {}) =>
    anEvent({ id: `${user} ${type} ${String(timestamp)}`, type, timestamp, data: { user, ...data } });

  it('writes one page that loads nothing, with the answers', async () => {
    store.append([
      act('ada', 'search', 0, { value: 80 }),
      act('bob', 'search', 1, { value: 120 }),
      act('ada', 'view', HOUR_MS - 1),
      act('ada', 'buy', 2 * HOUR_MS),
    ]);
    expect(run(path, '--steps', 'search,view,buy')).to.equal(0);
    expect(printed).to.deep.equal([`${path}.html`]);
    const page = await readFile(`${path}.html`, 'utf8');
    expect(page)
      .to.contain("default-src 'none'")
      .and.not.match(/https?:|<script|src=|@import|url\(/);
    expect(page).to.contain('<h2>Different data.user per minute</h2>');
    // The funnel.
    expect(page).to.contain('>2 · 100 %<').and.contain('>1 · 50 %<').and.contain('>0 · 0 %<');
    // The percentiles.
    expect(page).to.contain('<th scope="row">search</th><td>2</td><td>80</td><td>120</td><td>120</td>');
  });

  it('accepts the actor, the steps and their time', async () => {
    store.append([act('ada', 'search', 0), act('ada', 'buy', 5_000)]);
    const out = join(folder, 'page.html');
    expect(run(path, '--by', 'sessionId', '--steps', 'search,buy', '--within', '4', '--out', out)).to.equal(0);
    expect(await readFile(out, 'utf8'))
      .to.contain('<h2>Different sessionId per minute</h2>')
      .and.contain('>0 · 0 %<');
  });

  it('shows text of the store as text', () => {
    store.append([act('<img src=x onerror=alert(1)>', '<script>alert(1)</script>', 0)]);
    const page = reportPage('<b>', questionsTo(store, DEFAULTS));
    expect(page).to.not.match(/<script|<img|<b>/);
  });

  it('draws a bounded number of intervals, also after a wrong clock', () => {
    store.append([act('ada', 'x', -8e15), act('ada', 'x', 8.7e15)]);
    expect(reportPage('store', questionsTo(store, DEFAULTS)).length).to.be.below(100_000);
  });

  it('states that numbers of sampled actors are lower bounds, and that a store is empty', () => {
    expect(reportPage('store', questionsTo(store, DEFAULTS))).to.contain('The store is empty.');
    store.append([anEvent({ weight: 10 })]);
    expect(reportPage('store', questionsTo(store, DEFAULTS))).to.contain('lower bounds');
  });

  it('refuses unknown options, and a file that is not a store', async () => {
    expect(run()).to.equal(2);
    expect(run(join(folder, 'missing.db'))).to.equal(2);
    expect(run(path, '--form', 'x')).to.equal(2);
    expect(run(path, '--by', 'user')).to.equal(2);
    for (const text of printed) expect(text).to.contain(USAGE);
    const other = join(folder, 'other');
    await writeFile(other, 'not a database, but long enough to be read as one '.repeat(100));
    expect(run(other)).to.equal(1);
  });
});
