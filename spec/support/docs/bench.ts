import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatWithOptions } from 'node:util';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { entries, ROOT } from '../../../scripts/entries.js';
import type { Example } from './examples.js';
import { IMPORTED, Names } from './names.js';

/** Packages that examples import, besides this one. */
const FRIENDS = [
  'rxjs',
  'chai',
  'io-ts',
  'fp-ts',
  'undici',
  'web-vitals',
  'pg',
  'kafkajs',
  'hyparquet',
  'hyparquet-writer',
  '@datadog',
  '@nats-io',
  '@opentelemetry',
  '@types',
];

/** Examples as files of a project with the package and others, type-checked together and run one by one. */
export class Bench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rx-event-collector-docs-'));
  readonly #home = process.cwd();
  readonly #listeners = process.listeners('SIGTERM');
  readonly #files = new Map<Example, string>();
  readonly #program: ts.Program;

  /** @param isWhole whether an example is a whole file, with its imports */
  constructor(examples: readonly Example[], isWhole: (example: Example) => boolean) {
    this.#furnish();
    const options = compilerOptions();
    const host = ts.createCompilerHost(options);
    const probe = this.#write('probe.mts', IMPORTED.map((name) => `import '${name}';`).join('\n'));
    const known = ts.createProgram([probe], options, host);
    const names = new Names(known, probe);
    examples.forEach((example, index) => {
      const file = `${String(index).padStart(3, '0')}-${example.file.replaceAll(/\W+/g, '-')}-${String(example.line)}.mts`;
      this.#files.set(example, this.#write(file, `${isWhole(example) ? '' : names.preludeOf(example)}\n${example.code}\nexport {};\n`));
    });
    this.#program = ts.createProgram([...this.#files.values()], options, host, known);
    // Examples write their files into this folder.
    process.chdir(this.#folder);
  }

  typeErrors(example: Example): string[] {
    const file = this.#program.getSourceFile(this.#fileOf(example));
    const found = [...this.#program.getSyntacticDiagnostics(file), ...this.#program.getSemanticDiagnostics(file)];
    return found.map(({ start = 0, messageText }) => {
      // The first line is the prelude.
      const line = example.line - 1 + (file?.getLineAndCharacterOfPosition(start).line ?? 0);
      return `${example.file}:${String(line)} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  }

  /** Its output, and the number of tests that it declared, which have all passed. */
  async run(example: Example): Promise<{ readonly printed: readonly string[]; readonly declared: number }> {
    const printed: string[] = [];
    const declared: (() => unknown)[] = [];
    const { describe, it } = globalThis;
    const { log } = console;
    try {
      // As a console prints it, but on one line.
      console.log = (...values: unknown[]) => void printed.push(formatWithOptions({ breakLength: Infinity }, ...values));
      Object.assign(globalThis, {
        describe: (_name: string, body: () => void) => {
          body();
        },
        it: (_name: string, body: () => unknown) => void declared.push(body),
      });
      await import(pathToFileURL(this.#fileOf(example)).href);
      for (const test of declared) await test();
    } finally {
      console.log = log;
      Object.assign(globalThis, { describe, it });
    }
    return { printed, declared: declared.length };
  }

  clear(): void {
    process.chdir(this.#home);
    for (const listener of process.listeners('SIGTERM')) if (!this.#listeners.includes(listener)) process.off('SIGTERM', listener);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #fileOf(example: Example): string {
    const file = this.#files.get(example);
    if (file === undefined) throw new Error(`Expected an example of this bench, got ${example.where}`);
    return file;
  }

  /** Links to the sources of the package, to other packages, and to the input of examples. */
  #furnish(): void {
    const modules = join(this.#folder, 'node_modules');
    const own = join(modules, 'rx-event-collector');
    mkdirSync(own, { recursive: true });
    symlinkSync(join(ROOT, 'lib'), join(own, 'lib'));
    const exports = { ...Object.fromEntries(entries().map(({ path, source }) => [path, `./${source}`])), './lib/*.js': './lib/*.ts' };
    writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'rx-event-collector', type: 'module', exports }));
    for (const name of FRIENDS) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    writeFileSync(join(this.#folder, 'events.ndjson.gz'), gzipSync('{"type":"push"}\noops\n{"type":"fork"}\n'));
  }

  #write(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }
}

/** The repository's options, but the package is resolved as installed, and unused names are allowed. */
function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { readonly config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, ROOT);
  return { ...options, paths: {}, typeRoots: [join(ROOT, 'node_modules/@types')], noUnusedLocals: false, noUnusedParameters: false };
}
