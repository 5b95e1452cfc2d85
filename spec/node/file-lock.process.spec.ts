import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../..');
const WRITER = [process.execPath, '--import', 'tsx', join(ROOT, 'spec/support/programs/file-writer.ts')];
/** A container has a table of processes and a name of its own; a machine may only get another name. */
const CONTAINER = ['--fork', '--pid', '--mount-proc', '--kill-child', '--uts'];
const RENAMED = ['--uts'];

describe('FileLock, between containers that share a folder', function () {
  this.timeout(120_000);
  let folder: string;
  let path: string;
  const running: ChildProcess[] = [];

  before(function () {
    if (spawnSync('unshare', [...CONTAINER, 'hostname', 'a']).status !== 0) this.skip();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'file-lock-'));
    path = join(folder, 'events.ndjson');
  });

  afterEach(async () => {
    for (const child of running.splice(0)) await kill(child);
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (kind: readonly string[], host: string, batches: number): ChildProcess => {
    const program = ['sh', '-c', `hostname ${host}; exec "$@"`, 'sh', ...WRITER, path, host, String(batches)];
    return spawn('unshare', [...kind, ...program], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  };

  /** A container that holds the lock until it is killed. */
  async function holder(kind: readonly string[], host: string): Promise<ChildProcess> {
    const child = start(kind, host, 0);
    running.push(child);
    await once(child.stdout!, 'data');
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  }

  /** What a container gets that writes a batch now. */
  async function written(kind: readonly string[], host: string): Promise<unknown> {
    const child = start(kind, host, 1);
    let output = '';
    child.stdout!.on('data', (text: Buffer) => (output += text.toString()));
    await once(child, 'close');
    return JSON.parse(output);
  }

  const LOCKED = { delivered: 0, codes: ['FILE_LOCKED'] };
  const WRITTEN = { delivered: 20, codes: [] };

  it('is taken over immediately from a dead process of a machine that has another name now', async () => {
    const first = await holder(RENAMED, 'before');
    expect(await written(RENAMED, 'after')).to.deep.equal(LOCKED);
    await kill(first);
    expect(await written(RENAMED, 'after')).to.deep.equal(WRITTEN);
  });

  it('is taken over immediately by the restarted container with the same process id', async () => {
    const first = await holder(CONTAINER, 'pod');
    expect(JSON.parse(readFileSync(`${path}.lock`, 'utf8'))).to.include({ pid: 1, host: 'pod' });
    await kill(first);
    expect(await written(CONTAINER, 'pod')).to.deep.equal(WRITTEN);
  });

  it('is not taken from a running container with another name until its renewal stops', async () => {
    const first = await holder(CONTAINER, 'a');
    expect(await written(CONTAINER, 'b')).to.deep.equal(LOCKED);
    await kill(first);
    // Nothing says that it has ended.
    expect(await written(CONTAINER, 'b')).to.deep.equal(LOCKED);
    const aMinuteAgo = Date.now() / 1_000 - 61;
    utimesSync(`${path}.lock`, aMinuteAgo, aMinuteAgo);
    expect(await written(CONTAINER, 'b')).to.deep.equal(WRITTEN);
  });
});
