import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { AppendFile } from '../../lib/node/append-file.js';
import { aFileSync, syncs, type FileSync, type Syncs } from '../../lib/node/syncs.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A file that is never opened. */
class CountedFile extends AppendFile {
  syncs = 0;
  failure: Error | undefined;

  override sync(): Promise<void> {
    this.syncs += 1;
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
  }
}

describe('syncs', () => {
  let file: CountedFile;
  let clock: VirtualClock;

  beforeEach(() => {
    file = new CountedFile('unused');
    clock = new VirtualClock();
  });

  const started = (fsync: FileSync): Syncs => syncs(file, fsync, clock);
  const rejection = (work: Promise<void>): Promise<unknown> => work.then(() => 'resolved', (error: unknown) => error); // prettier-ignore

  for (const fsync of ['never', 'batch'] as const) {
    it(`has no timer for '${fsync}', and syncs on request`, async () => {
      const sync = started(fsync);
      sync.appended();
      expect(clock.timers).to.equal(0);
      await sync.overdue();
      expect(file.syncs).to.equal(0);
      await sync.now();
      expect(file.syncs).to.equal(1);
    });
  }

  it('syncs in the background, `everyMs` after the first append that is not durable', async () => {
    const sync = started({ everyMs: 100 });
    sync.appended();
    clock.pass(60);
    sync.appended();
    clock.pass(39);
    expect([file.syncs, clock.timers]).to.deep.equal([0, 1]);
    clock.pass(1);
    expect(file.syncs).to.equal(1);
    // An append while it syncs is covered by another timer.
    sync.appended();
    await sync.overdue();
    clock.pass(100);
    expect([file.syncs, clock.timers]).to.deep.equal([2, 0]);
  });

  it('needs no background sync after one on request, or once it is stopped', async () => {
    const sync = started({ everyMs: 100 });
    sync.appended();
    await sync.now();
    sync.appended();
    sync.stop();
    clock.pass(1_000);
    expect(file.syncs).to.equal(1);
  });

  it('repeats a background sync that failed, until one succeeds', async () => {
    const sync = started({ everyMs: 100 });
    const failure = (file.failure = new Error('EIO'));
    sync.appended();
    clock.pass(100);
    await setImmediate();
    expect(await rejection(sync.overdue())).to.equal(failure);
    expect(await rejection(sync.overdue())).to.equal(failure);
    file.failure = undefined;
    await sync.overdue();
    expect(file.syncs).to.equal(4);
    await sync.overdue();
    expect(file.syncs).to.equal(4);
  });

  it('reports to its caller a sync on request that fails, and is not overdue then', async () => {
    const sync = started('never');
    const failure = (file.failure = new Error('EIO'));
    expect(await rejection(sync.now())).to.equal(failure);
    await sync.overdue();
    expect(file.syncs).to.equal(1);
  });
});

describe('aFileSync', () => {
  it('accepts only the two words and an interval that a timer supports', () => {
    for (const value of ['never', 'batch', { everyMs: 1 }, { everyMs: 2 ** 31 - 1 }]) expect(aFileSync.accepts(value)).to.equal(true);
    const refused = [
      'always',
      '',
      100,
      null,
      undefined,
      {},
      [],
      { everyMs: 0 },
      { everyMs: NaN },
      { everyMs: Infinity },
      { everyMs: 2 ** 31 },
    ];
    for (const value of [...refused, { everyMs: '1' }, { everyMs: 1, on: true }]) expect(aFileSync.accepts(value)).to.equal(false);
  });
});
