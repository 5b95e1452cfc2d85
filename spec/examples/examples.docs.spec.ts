import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatWithOptions } from 'node:util';
import { Collector } from '../../lib/collector/collector.js';
import { read } from '../support/docs/examples.js';
import { expectBalanced } from '../support/books.js';

const FOLDER = join(import.meta.dirname, '../../examples');
const FILES = readdirSync(FOLDER).filter((name) => /^\d\d-.*\.ts$/.test(name));
/** Examples without a collector. */
const WITHOUT_COLLECTOR = '14-operators-alone.ts';

describe('examples', () => {
  for (const file of FILES) {
    describe(file, () => {
      it('prints the lines below `// Prints:`, and its ledger balances at every step', async () => {
        const expected = promised(file);
        expect(expected).to.have.length.above(0);
        const { printed, collectors } = await run(file);
        expect(printed).to.deep.equal(expected);
        for (const collector of collectors) expectBalanced(collector);
        expect(collectors.size > 0).to.equal(file !== WITHOUT_COLLECTOR);
      });

      it('has at most sixty lines, and runs as its first line says', () => {
        const lines = read(`examples/${file}`).trimEnd().split('\n');
        expect(lines.length).to.be.at.most(60);
        expect(lines[0])
          .to.match(/^\/\*\* .* \*\/$/)
          .and.include(`\`npx tsx examples/${file}\``);
        expect(lines.filter((line) => line.startsWith('if ('))).to.match(
          /^if \(process\.argv\[1\] === import\.meta\.filename\) (await )?main\(\);$/,
        );
      });
    });
  }

  it('are numbered consecutively', () => {
    expect(FILES.map((file) => Number.parseInt(file))).to.deep.equal(FILES.map((_, index) => index + 1));
  });

  it('run as programs, too', () => {
    const file = '01-quick-start.ts';
    const program = ['--import', 'tsx', join(FOLDER, file)];
    const printed = execFileSync(process.execPath, program, { cwd: join(FOLDER, '..'), encoding: 'utf8' });
    expect(printed.trimEnd().split('\n')).to.deep.equal(promised(file));
  }).timeout(30_000);
});

/** The promised output. */
function promised(file: string): string[] {
  const [, lines = ''] = read(`examples/${file}`).split('\n// Prints:\n');
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => line.slice('// '.length));
}

/** The output of an example's `main`, and its collectors, whose ledgers balanced after every call. */
async function run(file: string): Promise<{ readonly printed: string[]; readonly collectors: Set<Collector> }> {
  const printed: string[] = [];
  const collectors = new Set<Collector>();
  const { log } = console;
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { collect } = Collector.prototype;
  try {
    // In the format of a console without a terminal.
    console.log = (...values: unknown[]) => void printed.push(...formatWithOptions({ colors: false }, ...values).split('\n'));
    Collector.prototype.collect = function (this: Collector, event) {
      collectors.add(this);
      const outcome = collect.call(this, event);
      expectBalanced(this);
      return outcome;
    };
    const { main } = (await import(pathToFileURL(join(FOLDER, file)).href)) as { readonly main: () => void | Promise<void> };
    await main();
  } finally {
    console.log = log;
    Collector.prototype.collect = collect;
  }
  return { printed, collectors };
}
