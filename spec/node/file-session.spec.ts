import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lastValueFrom, Subject, firstValueFrom } from 'rxjs';
import { tryGet } from '../../lib/internal/try-get.js';
import type { RecoveredBatches, StoredBatch } from '../../lib/lane/lane-spool.js';
import { FileSession } from '../../lib/node/file-session.js';
import { HEADER, lineOf } from '../../lib/node/segment-format.js';
import { failureOf, thrownBy } from '../support/attempt.js';
import { until } from '../support/until.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** How often a session looks after its lock. */
const WATCH_MS = 15_000;
/** For how long it relies on its lock without a look at the file. */
const RENEWAL_MS = 5_000;

describe('FileSession', () => {
  let root: string;
  let dir: string;
  let clock: VirtualClock;
  const sessions: FileSession[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'file-session-'));
    dir = join(root, 'spool');
    clock = new VirtualClock(Date.now());
  });

  afterEach(() => {
    for (const session of sessions.splice(0)) session.close();
    rmSync(root, { recursive: true, force: true });
  });

  function create(): FileSession {
    const session = new FileSession({ dir, isSynced: false, maxBytes: 1_000_000, scheduler: clock });
    sessions.push(session);
    return session;
  }

  /** A session that has begun its recovery, what it emitted, and the next of that. */
  interface Opened {
    readonly session: FileSession;
    readonly emitted: readonly RecoveredBatches[];
    readonly next: () => Promise<RecoveredBatches>;
  }

  function begin(): Opened {
    const session = create();
    const emitted: RecoveredBatches[] = [];
    const emissions = new Subject<RecoveredBatches>();
    emissions.subscribe((each) => emitted.push(each));
    session.recover().subscribe(emissions);
    return { session, emitted, next: () => firstValueFrom(emissions) };
  }

  async function open(): Promise<Opened> {
    const opened = begin();
    await opened.next();
    return opened;
  }

  const batch = (id: string): StoredBatch => ({ id, position: 1, json: `{"id":"${id}"}` });
  const put = (session: FileSession, ...ids: readonly string[]): unknown => session.write({ put: ids.map(batch), remove: [] });
  const remove = (session: FileSession, ...ids: readonly string[]): unknown => session.write({ put: [], remove: ids });
  const read = (session: FileSession, id: string): Promise<string | undefined> => lastValueFrom(session.read(id));
  const lockPath = (): string => join(dir, 'lock.lock');
  const takeLock = (): void => {
    writeFileSync(lockPath(), JSON.stringify({ pid: 1, host: 'another', token: 'x' }));
  };

  /** The files in the folder that this process has open, on Linux. */
  const openFiles = (): readonly string[] =>
    readdirSync('/proc/self/fd')
      .map((fd) => tryGet(() => readlinkSync(`/proc/self/fd/${fd}`)) ?? '')
      .filter((path) => path.startsWith(dir));

  it('stores nothing before it is opened', async () => {
    const session = create();
    expect(thrownBy(() => put(session, 'a'))).to.include({ kind: 'unavailable', code: 'SPOOL_CLOSED' });
    expect([await read(session, 'a'), existsSync(dir)]).to.deep.equal([undefined, false]);
  });

  it('creates the folder, locks it, and returns what it stores', async () => {
    const { session, emitted } = await open();
    expect([emitted, readdirSync(dir)]).to.deep.equal([[{ batches: [] }], ['lock.lock']]);
    put(session, 'a', 'b');
    expect([await read(session, 'b'), await read(session, 'c')]).to.deep.equal(['{"id":"b"}', undefined]);
  });

  it('fails for a folder of another version, and leaves it to others', async () => {
    const { session } = await open();
    put(session, 'a');
    session.close();
    writeFileSync(join(dir, '00000002.log'), 'rx-event-collector spool 2\n');
    expect(await failureOf(lastValueFrom(create().recover()))).to.include({ code: 'SPOOL_FORMAT' });
    expect(existsSync(lockPath())).to.equal(false);
  });

  it('refuses changes while another session has the folder, and then has what that one left', async () => {
    const first = await open();
    put(first.session, 'a');
    const { session, emitted, next } = await open();
    expect(emitted[0]?.batches).to.deep.equal([]);
    expect(emitted[0]?.damage).to.include({ code: 'FILE_LOCKED' });
    expect(thrownBy(() => put(session, 'b'))).to.equal(emitted[0]?.damage);
    first.session.close();
    const later = next();
    clock.pass(WATCH_MS);
    expect(await later).to.deep.equal({ batches: [batch('a')], isLost: true });
    put(session, 'b');
    expect(await read(session, 'b')).to.equal('{"id":"b"}');
  });

  it('stores in a new folder after its own was removed', async () => {
    const { session, next } = await open();
    put(session, 'a');
    rmSync(dir, { recursive: true });
    const error = thrownBy(() => put(session, 'b'));
    expect(error).to.include({ kind: 'unavailable', code: 'SPOOL_REMOVED' });
    expect([thrownBy(() => put(session, 'c')), await read(session, 'a')]).to.deep.equal([error, undefined]);
    const later = next();
    clock.pass(WATCH_MS);
    expect(await later).to.deep.equal({ batches: [], isLost: true });
    put(session, 'd');
    expect(await read(session, 'd')).to.equal('{"id":"d"}');
  });

  it('tries again every 15 s, whatever error keeps it from the folder', async () => {
    const { session, emitted, next } = await open();
    put(session, 'a');
    rmSync(dir, { recursive: true });
    writeFileSync(dir, 'a file in its place');
    expect(thrownBy(() => put(session, 'b'))).to.include({ code: 'SPOOL_REMOVED' });
    clock.pass(WATCH_MS);
    await until(() => clock.timers === 1);
    expect(thrownBy(() => put(session, 'b'))).to.include({ kind: 'unavailable', code: 'EEXIST' });
    expect(emitted).to.have.length(1);
    rmSync(dir);
    const later = next();
    clock.pass(WATCH_MS);
    expect(await later).to.include({ isLost: true });
  });

  it('stops storing when it sees that another machine has the lock, and leaves the folder to that one', async () => {
    const { session } = await open();
    put(session, 'a');
    remove(session, 'a');
    takeLock();
    clock.suspend(RENEWAL_MS);
    const error = thrownBy(() => put(session, 'b'));
    expect(error).to.include({ code: 'FILE_LOCKED', message: 'Another process has taken the folder over' });
    session.close();
    expect(readFileSync(lockPath(), 'utf8')).to.contain('another');
    expect(readFileSync(join(dir, '00000001.log'), 'utf8')).to.not.contain('"b"');
  });

  it('reports within 15 s that another machine has the lock', async () => {
    const { session, next } = await open();
    put(session, 'a');
    takeLock();
    const later = next();
    clock.pass(WATCH_MS);
    expect((await later).damage).to.include({ code: 'FILE_LOCKED' });
  });

  it('renews its lock as long as it has batches, and has no timer otherwise', async () => {
    const { session } = await open();
    remove(session, 'unknown');
    expect(clock.timers).to.equal(0);
    put(session, 'a', 'b');
    for (let time = 0; time < 3; time += 1) clock.pass(WATCH_MS);
    expect(statSync(lockPath()).mtimeMs).to.be.closeTo(clock.now(), 1);
    remove(session, 'a');
    expect(clock.timers).to.equal(1);
    remove(session, 'b');
    clock.pass(WATCH_MS);
    expect(clock.timers).to.equal(0);
  });

  it('watches what it has recovered, and nothing once it is closed', async () => {
    const first = await open();
    put(first.session, 'a');
    first.session.close();
    expect(clock.timers).to.equal(0);
    const { session, emitted } = await open();
    expect([emitted, clock.timers]).to.deep.equal([[{ batches: [batch('a')] }], 1]);
    session.close();
    expect(clock.timers).to.equal(0);
  });

  it('leaves the folder to the next session if it is closed while it opens', async () => {
    const { session, next } = begin();
    session.close();
    await next();
    expect(thrownBy(() => put(session, 'a'))).to.include({ code: 'SPOOL_CLOSED' });
    expect((await open()).emitted).to.deep.equal([{ batches: [] }]);
  });

  it('leaves no file open if it is closed while it opens, and moves batches', async function () {
    if (process.platform !== 'linux') this.skip();
    mkdirSync(dir);
    const settled = { id: 'settled', position: 2, json: `"${'x'.repeat(9 * 2 ** 20)}"` };
    const first = [lineOf({ put: [batch('a')], remove: [] }), lineOf({ put: [settled], remove: [] })];
    writeFileSync(join(dir, '00000001.log'), Buffer.concat([Buffer.from(HEADER), ...first]));
    writeFileSync(join(dir, '00000002.log'), Buffer.concat([Buffer.from(HEADER), lineOf({ put: [], remove: ['settled'] })]));
    const { session, next } = begin();
    session.close();
    expect((await next()).batches).to.deep.equal([batch('a')]);
    expect(readdirSync(dir)).to.include('00000003.log');
    expect(openFiles()).to.deep.equal([]);
  });

  it('releases the lock although its files cannot be deleted', async () => {
    const { session } = await open();
    put(session, 'a');
    remove(session, 'a');
    const { rmSync: original } = fs;
    fs.rmSync = (path, options) => {
      if (String(path).endsWith('.log')) throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
      original(path, options);
    };
    syncBuiltinESMExports();
    try {
      expect(() => session.close()).to.throw('permission denied');
    } finally {
      fs.rmSync = original;
      syncBuiltinESMExports();
    }
    expect(readdirSync(dir)).to.deep.equal(['00000001.log']);
  });
});
