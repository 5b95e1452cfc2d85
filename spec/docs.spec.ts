import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { resolveConfig } from '../lib/config/resolve-config.js';
import { resolveLaneOptions } from '../lib/lane/lane-options.js';
import { DROP_REASONS } from '../lib/ledger/drop-reason.js';
import * as sampling from '../lib/sampling/index.js';
import { comparisonOf } from '../scripts/comparison.js';
import { entries, ROOT } from '../scripts/entries.js';
import { Bench } from './support/docs/bench.js';
import { docstringExamplesOf, fencesOf, filesOf, promisedOutput, read, type Example } from './support/docs/examples.js';

const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesOf('docs', '.md')];
/** Those whose examples are files of their own. */
const WHOLE = new Set(PAGES.filter((page) => page === 'README.md' || page.startsWith('docs/')));

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
    this.timeout(300_000);
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
    it('when an example fails: immediately, later, or in a test that it declares', async () => {
      expect(await failureOf(bench.run(wrong.assertion))).to.include('expected 1 to equal 2');
      expect(await failureOf(bench.run(wrong.later))).to.equal('later');
      expect(await failureOf(bench.run(wrong.declared))).to.equal('declared');
    });

    it('when an example does not compile', () => {
      const places = bench.typeErrors(wrong.types).map((error) => error.split(' ')[0]);
      expect(places).to.deep.equal(['example:1', 'example:2']);
    });

    it('when an example that has imports lacks one', () => {
      expect(bench.typeErrors(wrong.imports)).to.deep.equal(["README.md:1 Cannot find name 'of'."]);
    });

    it('when an example prints something else', async () => {
      expect((await bench.run(wrong.output)).printed).to.deep.equal(['2']);
      expect(promisedOutput(wrong.output.code)).to.deep.equal(['3', '4']);
    });
  });

  describe('is complete', () => {
    const readme = read('README.md');
    const configuration = read('docs/configuration.md');

    it('has an example for every operator and strategy', () => {
      // `fanOut` does what `deliver` does, for several sinks; docs/operators.md shows it.
      const without = [...operators(), ...Object.keys(sampling)].filter(
        (name) => !docstrings.some(({ code }) => code.includes(`${name}(`)),
      );
      expect(without).to.deep.equal(['fanOut']);
      expect(fences.some(({ code }) => code.includes('fanOut('))).to.equal(true);
    });

    it('names every operator, strategy, entry point and example on its page, and every page in the README', () => {
      // Single decisions are listed in their own index.
      const pages = PAGES.filter((page) => page.startsWith('docs/') && !/\/adr\/\d/.test(page));
      const examples = filesOf('examples', '.ts').filter((file) => /^examples\/\d\d-/.test(file));
      const named: Readonly<Record<string, readonly string[]>> = {
        'README.md': pages.map((page) => `](${page})`),
        'docs/operators.md': operators().map((name) => `| \`${name}(`),
        'docs/sampling.md': Object.keys(sampling).map((name) => `| \`sampling.${name}(`),
        'docs/entries.md': entries().map(({ specifier }) => `| \`${specifier}\` |`),
        'docs/examples.md': examples.map((file) => `](../${file})`),
      };
      const missing = Object.entries(named).flatMap(([page, names]) => names.filter((name) => !read(page).includes(name)));
      expect(missing).to.deep.equal([]);
    });

    it('has a short README', () => {
      expect(readme.split('\n')).to.have.length.below(201);
    });

    it('compares by the figures of the benchmark; `npm run figures` brings them up to date', () => {
      expect(readme).to.include(`${comparisonOf(read('bench/results.md'))}\n<!-- end -->`);
    });

    it('mentions only entry points that exist', () => {
      const known = entries().map(({ specifier }) => specifier);
      const named = PAGES.flatMap((file) =>
        [...read(file).matchAll(/rx-event-collector\/[a-z]+(?=['`])/g)].map(([specifier]) => specifier),
      );
      expect(named).to.include('rx-event-collector/testing');
      expect(named.filter((specifier) => !known.includes(specifier))).to.deep.equal([]);
    });

    it('lists the defaults of the code', () => {
      const { categories, ...config } = resolveConfig();
      const defaults = { ...config, lane: resolveLaneOptions() };
      const told = [...configuration.matchAll(/^\| `([\w.]+)` \| `([^`]+)` \|/gm)].map(([, path = '', value]) => [path, value]);
      expect(told).to.have.deep.members(leavesOf(defaults));
      const policies = [...configuration.matchAll(/^\| (\w+) \| ([\d.]+) \| ([\d_]+) \| ([\d_]+) \| (\w+) \|$/gm)].map(
        ([, ...cells]) => cells,
      );
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

    it('lists every drop reason', () => {
      const guarantees = read('docs/guarantees.md');
      expect(DROP_REASONS.filter((reason) => !guarantees.includes(`| \`${reason}\` |`))).to.deep.equal([]);
    });

    it('explains every diagnostic, every reason of a loss, and every error code, and none that does not exist', () => {
      const operations = read('docs/operations.md');
      const diagnostics = [...read('lib/collector/diagnostics.ts').matchAll(/readonly type: (.*);/g)].flatMap(([, union = '']) =>
        quoted(union),
      );
      expect(firstCellsOf(operations, '## Diagnostics', '| `reason` of a loss |')).to.have.members(diagnostics);
      const reasons = [...DROP_REASONS, 'failed', 'invalid', 'closed'];
      expect(firstCellsOf(operations, '| `reason` of a loss |', '## Error codes')).to.have.members(reasons);
      expect(firstCellsOf(operations, '## Error codes', '## Troubleshooting')).to.have.members(codesOfLib());
    });

    it('names the implementation and the tests of every point of the specification', () => {
      const [, table = ''] = read('docs/guarantees.md').split('| specified | here | spec |');
      const rows = table.split('\n\n')[0]!.trim().split('\n').slice(1);
      expect(rows).to.have.length.above(18);
      const [, faults = ''] = table.split('| fault | here |');
      expect(faults.trim().split('\n').slice(1)).to.have.length(7);
      const untested = [...rows, ...faults.trim().split('\n').slice(1)].filter((row) => !/\| [^|]*\]\(\.\.\/spec\/[^|]*\|$/.test(row));
      expect(untested).to.deep.equal([]);
    });

    it('draws folders that exist', () => {
      const files = filesOf('lib', '.ts').map((file) => file.slice(file.lastIndexOf('/') + 1));
      const drawn = read('docs/architecture.svg').match(/[\w-]+\.ts\b/g) ?? [];
      expect(drawn).to.include.members(['admission.ts', 'batch.ts', 'lane.ts']);
      expect(drawn.filter((file) => !files.includes(file))).to.deep.equal([]);
    });

    it('links to existing files and headings', () => {
      const links = PAGES.flatMap((file) =>
        [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)].map(([, target = '', heading]) => ({
          file,
          target,
          heading,
        })),
      );
      expect(links.length).to.be.above(100);
      const dead = links.filter(({ file, target, heading }) => {
        const path = target === '' ? resolve(ROOT, file) : resolve(ROOT, dirname(file), target);
        return !existsSync(path) || (heading !== undefined && !headingsOf(path).includes(heading));
      });
      expect(dead).to.deep.equal([]);
    });

    it('names only scripts that package.json has', () => {
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
      const named = PAGES.flatMap((file) =>
        [...read(file).matchAll(/npm (?:run ([\w:]+)|(start|test)\b)/g)].map(([, run, word]) => run ?? word),
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

/** As links name them. */
function headingsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\d\s-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The words in code of each row's first cell, in the tables between two lines. */
function firstCellsOf(page: string, from: string, to: string): string[] {
  const part = page.slice(page.indexOf(from) + from.length, page.indexOf(to));
  return [...part.matchAll(/^\| (`[^|]+) \|/gm)]
    .flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word))
    .filter((word) => word !== 'type');
}

/** Names in capitals that are no codes of this package. */
const OTHER_NAMES = /^(LC|ERR)_|^HTTP_/;

/** Every error code in the sources, `SINK_…` for one with a computed end. */
function codesOfLib(): string[] {
  const codes = filesOf('lib', '.ts').flatMap((file) => {
    const source = read(file).replaceAll(/^ *(\/?\*|\/\/).*$/gm, '');
    return [
      ...[...source.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, code = '']) => code),
      ...[...source.matchAll(/new Refusal\(\s*\d+,\s*'([A-Z]+)'/g)].map(([, code = '']) => code),
      ...[...source.matchAll(/`([A-Z]+_)\$\{/g)].map(([, start = '']) => `${start}…`),
    ];
  });
  return [...new Set(codes)].filter((code) => code === 'HTTP_…' || !OTHER_NAMES.test(code));
}

const quoted = (text: string): string[] => [...text.matchAll(/'(\w+)'/g)].map(([, word = '']) => word);

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
