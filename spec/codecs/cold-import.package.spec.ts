import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { distFolder } from '../../scripts/dist.js';
import { ROOT } from '../support/sources.js';

/** Imports the codecs after io-ts and rxjs, and reports which modules that adds. Node loads both packages as CommonJS. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  const { cache } = createRequire(import.meta.url);
  const timed = async (load) => {
    const started = performance.now();
    await load();
    return performance.now() - started;
  };
  const peersMs = await timed(async () => [await import('rxjs'), await import('io-ts')]);
  const peers = Object.keys(cache);
  const ownMs = await timed(() => import('./dist/codecs.js'));
  const more = Object.keys(cache).filter((file) => !peers.includes(file));
  console.log(JSON.stringify({ peersMs, ownMs, peers: peers.length, more }));
`;

interface ColdImport {
  readonly peersMs: number;
  readonly ownMs: number;
  /** Number of modules of io-ts and rxjs, including those of fp-ts that io-ts needs. */
  readonly peers: number;
  /** Modules of packages that only the codecs need. */
  readonly more: readonly string[];
}

describe('cold import of the built codecs', function () {
  this.timeout(180_000);

  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'rx-event-collector-codecs-'));
    cpSync(distFolder(), join(folder, 'dist'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'cold.js'), PROGRAM);
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('loads no package besides io-ts and rxjs', () => {
    const { peersMs, ownMs, peers, more } = JSON.parse(
      execFileSync(process.execPath, [join(folder, 'cold.js')], { cwd: folder, encoding: 'utf8' }),
    ) as ColdImport;
    console.log(`      io-ts and rxjs: ${peersMs.toFixed(0)} ms, ${String(peers)} modules; the codecs add ${ownMs.toFixed(1)} ms`);
    expect(peers).to.be.greaterThan(0);
    expect(more).to.deep.equal([]);
  });

  it('imports io-ts and rxjs, no subpath of fp-ts, and no module of Node', () => {
    expect([...reached(join(folder, 'dist/codecs.js')).packages].sort()).to.deep.equal(['io-ts', 'rxjs']);
  });

  it('loads few files of its own, without the collector', () => {
    const { files } = reached(join(folder, 'dist/codecs.js'));
    expect([...files]).to.have.length.within(2, 7);
    for (const file of files) expect(readFileSync(file, 'utf8')).to.not.include('class EventCollector');
  });
});

/** Everything that importing a module loads: files of the build, and packages by specifier. */
function reached(
  file: string,
  files = new Set<string>(),
  packages = new Set<string>(),
): { readonly files: ReadonlySet<string>; readonly packages: ReadonlySet<string> } {
  if (files.has(file)) return { files, packages };
  files.add(file);
  for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles) {
    if (fileName.startsWith('.')) reached(join(dirname(file), fileName), files, packages);
    else packages.add(fileName);
  }
  return { files, packages };
}
