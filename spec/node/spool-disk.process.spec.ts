import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { EventCollector, SinkError, type EventSink, type LaneStore } from '../../lib/index.js';
import { fileSpool, sqliteSpool } from '../../lib/node/index.js';
import { expectBalanced } from '../support/books.js';
import { anySqlite } from '../support/sqlite-drivers.js';
import { until } from '../support/until.js';

/** A process whose sink is down at first, and the store that it uses. */
interface Life {
  readonly collector: EventCollector;
  /** Numbers of the events that the destination got. */
  readonly arrived: number[];
  /** Codes of the sink errors that were reported. */
  readonly codes: Set<string>;
  readonly clock: VirtualTimeScheduler;
  isUp: boolean;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

for (const kind of ['file', 'sqlite'] as const)
  describe(`${kind}Spool, on a real disk`, function () {
    this.timeout(60_000);

    let folder: string;
    let isMounted = false;
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown): void => {
      unhandled.push(error);
    };

    before(function () {
      if (kind === 'sqlite') anySqlite(this);
      process.on('unhandledRejection', onUnhandled);
    });

    after(() => process.off('unhandledRejection', onUnhandled));

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'spool-disk-'));
    });

    afterEach(() => {
      if (isMounted) run('umount', '--lazy', folder);
      isMounted = false;
      rmSync(folder, { recursive: true, force: true });
      expect(unhandled.splice(0)).to.deep.equal([]);
    });

    const run = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0;

    /** A disk of 1 MB. */
    function mount(context: Mocha.Context): void {
      isMounted = run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', folder);
      if (!isMounted) context.skip();
    }

    const store = (scheduler: VirtualTimeScheduler): LaneStore =>
      kind === 'file'
        ? fileSpool({ dir: join(folder, 'spool'), scheduler })
        : sqliteSpool({ path: join(folder, 'spool', 'spool.db'), scheduler });

    async function start(isUp = false): Promise<Life> {
      const arrived: number[] = [];
      const codes = new Set<string>();
      const clock = new VirtualTimeScheduler();
      const sink: EventSink = {
        name: 'http',
        process: ({ events }) => {
          if (!life.isUp) throw new SinkError('unavailable', 'down', { code: 'DOWN' });
          arrived.push(...events.map(({ data }) => (data as { readonly n: number }).n));
        },
      };
      const collector = new EventCollector({
        sinks: [sink],
        config: { batch: { maxCount: 5 } },
        lane: {
          spool: store(clock),
          breaker: false,
          retry: { baseDelayMs: 1, maxDelayMs: 5, maxAttempts: 10_000, maxElapsedMs: Infinity },
        },
      });
      collector.diagnostics$.subscribe((diagnostic) => {
        if (diagnostic.type === 'sink_error') codes.add(diagnostic.error.code);
      });
      const life: Life = { collector, arrived, codes, clock, isUp };
      collector.track('started', { n: -1 });
      await collector.flush({ timeoutMs: 0 });
      // Once the store is open, or can't be.
      await until(() => (collector.stats().sinks.http?.attempts ?? 0) > 0 || codes.size > 0 || isUp);
      return life;
    }

    function collect({ collector }: Life, from: number, to: number, bytes = 10): void {
      for (let n = from; n < to; n += 1) collector.track('counted', { n, padding: 'x'.repeat(bytes) });
      expectBalanced(collector);
    }

    /** The destination is up again: everything is delivered, once. */
    async function deliver(life: Life): Promise<number[]> {
      life.isUp = true;
      life.collector.retryNow();
      const report = await life.collector.shutdown();
      expect(report.sinks.http).to.include({ pending: 0, failed: 0, dropped: 0 }).and.not.to.have.property('kept');
      expectBalanced(life.collector);
      return life.arrived;
    }

    /** What a later process finds. */
    async function recovered(): Promise<number[]> {
      const next = await start(true);
      return (await deliver(next)).filter((n) => n >= 0);
    }

    async function wait({ clock }: Life, ms: number): Promise<void> {
      clock.maxFrames = clock.frame + ms;
      clock.schedule(() => undefined, ms);
      clock.flush();
      await setImmediate();
    }

    it('delivers batches that a full disk refuses from memory, and the rest, once', async function () {
      mount(this);
      const life = await start();
      collect(life, 0, 100, 40_000);
      expect([...life.codes]).to.include(kind === 'file' ? 'ENOSPC' : 'SQLITE_FULL');
      const { safe = 0, pending = 0 } = (await life.collector.flush({ timeoutMs: 0 })).sinks.http ?? {};
      expect(safe).to.be.within(1, pending - 1);
      expect(await deliver(life)).to.deep.equal([-1, ...upTo(100)]);
      expect(await recovered()).to.deep.equal([]);
    });

    it('stores again when the disk has space', async function () {
      mount(this);
      const life = await start();
      collect(life, 0, 100, 40_000);
      // What SQLite deletes needs space, too.
      if (kind === 'sqlite') run('mount', '-o', 'remount,size=8m', folder);
      life.isUp = true;
      life.collector.retryNow();
      await life.collector.flush();
      life.isUp = false;
      collect(life, 100, 110, 1_000);
      const { safe } = (await life.collector.flush({ timeoutMs: 0 })).sinks.http ?? {};
      expect(safe).to.equal(10);
      expect(await deliver(life)).to.deep.equal([-1, ...upTo(110)]);
    });

    it('works from memory in a read-only folder, and leaves its batches to a later process', async function () {
      mount(this);
      const first = await start();
      collect(first, 0, 10);
      await first.collector.shutdown({ timeoutMs: 0 });
      expect(run('mount', '-o', 'remount,ro', folder)).to.equal(true);
      const second = await start();
      expect([...second.codes].filter((code) => code !== 'DOWN')).to.deep.equal([kind === 'file' ? 'EROFS' : 'SQLITE_CANTOPEN']);
      collect(second, 10, 20);
      expect((await deliver(second)).filter((n) => n >= 10)).to.deep.equal(upTo(20).slice(10));
      expect(run('mount', '-o', 'remount,rw', folder)).to.equal(true);
      expect((await recovered()).filter((n) => n < 10)).to.deep.equal(upTo(10));
    });

    it('detects that its folder was removed, delivers from memory, and stores in a new one', async () => {
      const life = await start();
      collect(life, 0, 10);
      rmSync(join(folder, 'spool'), { recursive: true });
      collect(life, 10, 20);
      expect([...life.codes]).to.include(kind === 'file' ? 'SPOOL_REMOVED' : 'DATABASE_GONE');
      await wait(life, 15_000);
      await until(() => readdirSync(folder).length > 0);
      collect(life, 20, 30);
      await until(async () => ((await life.collector.flush({ timeoutMs: 0 })).sinks.http?.safe ?? 0) >= 10);
      expect(await deliver(life)).to.deep.equal([-1, ...upTo(30)]);
      expect(await recovered()).to.deep.equal([]);
    });

    it('works from memory when there is no file descriptor left', async function () {
      const query = spawnSync('prlimit', ['--nofile', '--output=HARD', '--noheadings', '--pid', String(process.pid)]);
      const hard = query.error === undefined ? query.stdout.toString().trim() : '';
      const limit = (soft: string): boolean => run('prlimit', `--nofile=${soft}:${hard}`, '--pid', String(process.pid));
      if (hard === '' || !limit('300')) this.skip();
      const taken: number[] = [];
      try {
        for (;;) taken.push(openSync('/dev/null', 'r'));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).to.equal('EMFILE');
      }
      let life: Life;
      try {
        life = await start();
        collect(life, 0, 10);
      } finally {
        for (const fd of taken) closeSync(fd);
        limit(hard);
      }
      expect([...life.codes].filter((code) => code !== 'DOWN')).to.deep.equal([kind === 'file' ? 'EMFILE' : 'SQLITE_CANTOPEN']);
      expect(await deliver(life)).to.deep.equal([-1, ...upTo(10)]);
    });
  });
