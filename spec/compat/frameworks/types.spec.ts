import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { distFolder } from '../../../scripts/dist.js';
import { ROOT } from '../../../scripts/entries.js';
import { RUN } from './framework-server.js';

const FOLDER = import.meta.dirname;

/** Strict, as in an application. Decorators are Nest's. */
const OPTIONS = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: 'es2022',
  module: 'nodenext',
  jsx: 'react-jsx',
  experimentalDecorators: true,
  types: ['node'],
};
const DOM = ['ES2023', 'DOM', 'DOM.Iterable'];

/** The files of examples/frameworks against the build, and against the frameworks' own types. */
describe('the types of examples/frameworks', function () {
  this.timeout(300_000);

  before(function () {
    if (!existsSync(join(FOLDER, 'node_modules/express'))) {
      this.skip();
      return;
    }
    // The package as an application has it.
    const installed = join(RUN, 'node_modules/rx-event-collector');
    mkdirSync(installed, { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
    symlinkSync(distFolder(), join(installed, 'dist'));
    cpSync(join(ROOT, 'examples/frameworks'), join(RUN, 'src'), { recursive: true });
    writeFileSync(join(RUN, 'package.json'), '{ "private": true, "type": "module" }');
  });

  after(() => {
    rmSync(RUN, { recursive: true, force: true });
  });

  /** What the compiler prints. */
  function errorsOf(name: string, include: readonly string[], exclude: readonly string[], options: object): string {
    const file = join(RUN, `tsconfig.${name}.json`);
    writeFileSync(file, JSON.stringify({ compilerOptions: { ...OPTIONS, ...options }, include, exclude }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    return spawnSync(process.execPath, [tsc, '-p', file], { encoding: 'utf8' }).stdout;
  }

  it('fit the frameworks', () => {
    expect(errorsOf('pages', ['src/**/*'], ['src/service-worker.ts'], { lib: DOM })).to.equal('');
  });

  it('fit a service worker', () => {
    expect(errorsOf('worker', ['src/service-worker.ts'], [], { lib: ['ES2023', 'WebWorker'], types: [] })).to.equal('');
  });
});
