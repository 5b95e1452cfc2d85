import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');
/** Only a process that hangs takes longer. */
const TOO_LONG_MS = 30_000;

describe('crashWith', function () {
  this.timeout(2 * TOO_LONG_MS);

  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crash-with-'));
    // Plain JavaScript: a loader for TypeScript would change what a crash prints.
    await build({
      entryPoints: [join(ROOT, 'lib/node/crash-with.ts')],
      outfile: join(folder, 'crash-with.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
    });
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a module that defines `fail`: it is called, and its error either crashes the process or is passed to `crashWith`. */
  function run(how: 'alone' | 'crashWith', source: string, name = 'program.mjs') {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    const library = pathToFileURL(join(folder, 'crash-with.mjs')).href;
    // With one frame, both stacks are the same.
    const end = `
      Error.stackTraceLimit = 1;
      import(${JSON.stringify(library)}).then(({ crashWith }) => {
        const caught = () => { try { fail(); } catch (error) { crashWith(error, 'uncaughtException'); } };
        const alone = () => { fail(); };
        setImmediate(process.argv[2] === 'alone' ? alone : caught);
      });`;
    writeFileSync(path, `${source}\n${end}`);
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [path, how], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: TOO_LONG_MS,
      killSignal: 'SIGKILL',
    });
    return { status, signal, stdout, stderr };
  }

  const THROW = "function fail() {\n\t  throw new RangeError('made here', { cause: new Error('the cause') });\n}";
  const same: Readonly<Record<string, readonly [source: string, name?: string]>> = {
    'an error with a cause, in a line with a tab': [THROW],
    'an error in a folder with blanks, brackets and other letters': [THROW, 'a b (1)/ü/pro gram.mjs'],
    'an error in a CommonJS module': [THROW, 'program.cjs'],
    'an error whose properties and class are its own': [
      "class Own extends Error { name = 'Own'; code = 'E_OWN'; }\nfunction fail() { throw new Own('made here'); }",
    ],
    'an error whose message contains the stack of another': [
      `function fail() {\n  throw new Error('Job failed: Error: other\\n    at job (${join(ROOT, 'package.json')}:2:3)');\n}`,
    ],
    'several errors in one': ["function fail() { throw new AggregateError([new Error('one'), 2], 'both'); }"],
    'an error of the engine': ['function fail() { null.missing(); }'],
  };
  for (const [title, [source, name]] of Object.entries(same)) {
    it(`prints what the original crash prints: ${title}`, () => {
      const alone = run('alone', source, name);
      expect(alone).to.include({ status: 1, stdout: '' });
      expect(run('crashWith', source, name)).to.deep.equal(alone);
    });
  }

  const withoutLine: Readonly<Record<string, string>> = {
    undefined: 'function fail() { throw undefined; }',
    'a string': "function fail() { throw 'text\\n    at x (/etc/hostname:1:1)'; }",
    'an object that looks like an error': "function fail() { throw { stack: 'Error\\n    at x (/etc/hostname:1:1)', message: 'none' }; }",
    'an error whose stack is not a string': "function fail() { throw Object.assign(new Error('odd'), { stack: 5 }); }",
    'an error without frames': "function fail() { Error.stackTraceLimit = 0; throw new Error('bare'); }",
    'an error of a file that is gone':
      "function fail() { throw Object.assign(new Error('x'), { stack: 'Error: x\\n    at y (/gone/z.js:1:1)' }); }",
  };
  for (const [title, source] of Object.entries(withoutLine)) {
    it(`prints the same without the source line, which is unknown: ${title}`, () => {
      const { stderr: whole, ...alone } = run('alone', source);
      const { stderr, ...end } = run('crashWith', source);
      expect(end).to.deep.equal(alone);
      expect(stderr).to.not.match(/crash-with|^\s+throw/m);
      expect(whole.slice(-stderr.trimStart().length)).to.equal(stderr.trimStart());
    });
  }
});
