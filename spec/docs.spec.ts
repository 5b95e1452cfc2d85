import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { resolveConfig } from '../lib/config/resolve-config.js';
import { LANE_DEFAULTS } from '../lib/lane/lane-options.js';
import { DROP_REASONS } from '../lib/ledger/drop-reason.js';
import * as sampling from '../lib/sampling/index.js';
import { entries, ROOT } from '../scripts/entries.js';
import { Bench } from './support/docs/bench.js';
import { docstringExamplesOf, fencesOf, filesOf, promisedOutput, read, type Example } from './support/docs/examples.js';

const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesOf('docs', '.md')];
/** Those that say of their examples that each is a file of its own. */
const WHOLE = new Set(['README.md', 'docs/recipes.md']);

const fences = PAGES.flatMap(fencesOf);
const docstrings = filesOf('lib', '.ts').flatMap(docstringExamplesOf);
const wrong = {
  assertion: example('expect(1).to.equal(2);'),
  later: example("await lastValueFrom(timer(1));\nthrow new Error('later');"),
  declared: example("describe('x', () => { it('y', () => { throw new Error('declared'); }); });"),
  types: example('const n: number = "one";\nnew EventCollector<AnalyticsEvent>().collect({ data: n });'),
  imports: example('of(1);', 'README.md'),
  output: example('console.log(1 + 1); // 3\n// Prints:\n// 4\n'),
};

describe('the documentation', () => {
  let bench: Bench;

  before(function () {
    this.timeout(120_000);
    bench = new Bench([...fences, ...docstrings, ...Object.values(wrong)], ({ file }) => WHOLE.has(file));
  });

  after(() => {
    bench.clear();
  });

  describe('runs', () => {
    for (const each of [...fences, ...docstrings]) {
      it(each.where, async () => {
        expect(bench.typeErrors(each)).to.deep.equal([]);
        const { printed, declared } = await bench.run(each);
        expect(printed).to.have.members(promisedOutput(each.code));
        if (/\bdescribe\w*\(/.test(each.code)) expect(declared).to.be.above(0);
      });
    }
  });

  describe('is caught', () => {
    it('when an example fails: at once, later, or in a test that it declares', async () => {
      expect(await failureOf(bench.run(wrong.assertion))).to.include('expected 1 to equal 2');
      expect(await failureOf(bench.run(wrong.later))).to.equal('later');
      expect(await failureOf(bench.run(wrong.declared))).to.equal('declared');
    });

    it('when an example does not compile', () => {
      const places = bench.typeErrors(wrong.types).map((error) => error.split(' ')[0]);
      expect(places).to.deep.equal(['example:1', 'example:2']);
    });

    it('when an example does not import what it uses, where it says that it does', () => {
      expect(bench.typeErrors(wrong.imports)).to.deep.equal(["README.md:1 Cannot find name 'of'."]);
    });

    it('when an example prints something else', async () => {
      expect((await bench.run(wrong.output)).printed).to.deep.equal(['2']);
      expect(promisedOutput(wrong.output.code)).to.deep.equal(['3', '4']);
    });
  });

  describe('is complete', () => {
    const readme = read('README.md');

    it('has an example for every operator and strategy', () => {
      // `fanOut` does what `deliver` does, for several sinks; the README shows it.
      const without = [...operators(), ...Object.keys(sampling)].filter(
        (name) => !docstrings.some(({ code }) => code.includes(`${name}(`)),
      );
      expect(without).to.deep.equal(['fanOut']);
      expect(fences.some(({ code }) => code.includes('fanOut('))).to.equal(true);
    });

    it('names every operator, strategy, entry point and example in the README', () => {
      const names = [
        ...operators().map((name) => `\`${name}(`),
        ...Object.keys(sampling).map((name) => `\`sampling.${name}(`),
        ...entries().map(({ specifier }) => `\`${specifier}\``),
        ...filesOf('examples', '.ts').filter((file) => /^examples\/\d\d-/.test(file)),
      ];
      expect(names.filter((name) => !readme.includes(name))).to.deep.equal([]);
    });

    it('advertises no entry point that does not exist', () => {
      const known = entries().map(({ specifier }) => specifier);
      const named = PAGES.flatMap((file) =>
        [...read(file).matchAll(/rx-event-collector\/[a-z]+(?=['`])/g)].map(([specifier]) => specifier),
      );
      expect(named).to.include('rx-event-collector/testing');
      expect(named.filter((specifier) => !known.includes(specifier))).to.deep.equal([]);
    });

    it('gives the defaults that the code has', () => {
      const { categories, ...config } = resolveConfig();
      const defaults = { ...config, lane: LANE_DEFAULTS };
      const told = [...readme.matchAll(/^\| `([\w.]+)` \| `([^`]+)` \|/gm)].map(([, path = '', value]) => [path, value]);
      expect(told).to.deep.equal(leavesOf(defaults));
      const policies = [...readme.matchAll(/^\| (\w+) \| ([\d.]+) \| ([\d_]+) \| ([\d_]+) \| (\w+) \|$/gm)].map(([, ...cells]) => cells);
      expect(policies).to.deep.equal(
        Object.entries(categories).map(
          ([
            category,
            {
              sampling: { rate, minPerWindow, windowMs },
              minPriority,
            },
          ]) => [category, ...[rate, minPerWindow, windowMs].map(show), minPriority],
        ),
      );
    });

    it('tells every reason for which an event can be dropped', () => {
      const guarantees = read('docs/guarantees.md');
      expect(DROP_REASONS.filter((reason) => !guarantees.includes(`| \`${reason}\` |`))).to.deep.equal([]);
    });

    it('links to what exists', () => {
      const links = PAGES.flatMap((file) =>
        [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => ({ file, target })),
      );
      expect(links.length).to.be.above(50);
      const dead = links.filter(({ file, target }) => !existsSync(resolve(ROOT, dirname(file), target)));
      expect(dead).to.deep.equal([]);
    });

    it('names only scripts that package.json has', () => {
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
      const named = PAGES.flatMap((file) =>
        [...read(file).matchAll(/npm (?:run (\w+)|(start|test)\b)/g)].map(([, run, word]) => run ?? word),
      );
      expect(named).to.include.members(['start', 'test', 'lint']);
      expect(named.filter((name) => name === undefined || !(name in scripts))).to.deep.equal([]);
    });
  });
});

/** Every operator by name, `live` among them. */
function operators(): string[] {
  return filesOf('lib/operators', '.ts')
    .map((file) => file.slice('lib/operators/'.length, -'.ts'.length).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()))
    .filter((name) => name !== 'step');
}

function example(code: string, file = 'example'): Example {
  return { where: file, file, line: 1, code };
}

function failureOf(running: Promise<unknown>): Promise<string> {
  return running.then(
    () => 'none',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** Each value at the end of a dotted path, as a table shows it. */
function leavesOf(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, each]: [string, unknown]): [string, string][] => {
    const path = prefix + key;
    if (key === 'overrides') return [];
    return typeof each === 'object' && each !== null ? leavesOf(each, `${path}.`) : [[path, show(each)]];
  });
}

const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value).replace(/\B(?=(\d{3})+$)/g, '_'));
