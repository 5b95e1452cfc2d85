import { expect } from 'chai';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../../scripts/entries.js';
import { LoopbackServer } from '../support/loopback-server.js';

describe('examples/frameworks/command-line.ts', function () {
  this.timeout(120_000);
  let folder: string;
  let program: string;
  let dir: string;
  let server: LoopbackServer;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'command-line-'));
    program = join(folder, 'program.mjs');
    const entryPoints = [join(ROOT, 'examples/frameworks/command-line.ts')];
    await build({ entryPoints, outfile: program, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' });
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    dir = mkdtempSync(join(folder, 'events-'));
    server = await LoopbackServer.start();
  });

  afterEach(async () => {
    await server.stop();
  });

  async function run(command: string, variables: Readonly<Record<string, string>>): Promise<void> {
    const child = spawn(process.execPath, [program, command], {
      env: { ...process.env, EVENTS_URL: server.url, EVENTS_DIR: dir, DO_NOT_TRACK: '0', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    expect({ output, errors, code: child.exitCode }).to.deep.equal({ output: `${command}: done\n`, errors: '', code: 0 });
  }

  const commands = (): unknown[] => server.events().map(({ data }) => (data as { command: string }).command);

  it('delivers the events of an offline run with a later one', async () => {
    // The port of no server.
    await run('build', { EVENTS_URL: 'http://127.0.0.1:9/' });
    expect(commands()).to.deep.equal([]);
    await run('deploy', {});
    // On a busy machine half a second may be too short for a run's own request.
    while (!commands().includes('deploy')) await run('status', {});
    expect([...new Set(commands())].slice(0, 2)).to.deep.equal(['build', 'deploy']);
  });

  it('sends nothing to a user who opted out', async () => {
    await run('build', { DO_NOT_TRACK: '1' });
    await run('deploy', { DO_NOT_TRACK: '1' });
    expect(server.requests).to.deep.equal([]);
  });
});
