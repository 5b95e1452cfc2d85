import fs, { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { StoredBatch } from '../../lib/lane/lane-spool.js';
import { HEADER } from '../../lib/node/segment-format.js';
import { SegmentLog, type SegmentLogOptions } from '../../lib/node/segment-log.js';
import { thrownBy } from '../support/attempt.js';

const MIB = 2 ** 20;

describe('SegmentLog', () => {
  let dir: string;
  const opened: SegmentLog[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'segment-log-'));
  });

  afterEach(() => {
    for (const log of opened.splice(0)) log.abandon();
    rmSync(dir, { recursive: true, force: true });
  });

  function create(options: Partial<SegmentLogOptions> = {}): SegmentLog {
    const log = new SegmentLog({ dir, isSynced: false, maxBytes: 64 * MIB, ...options });
    opened.push(log);
    return log;
  }

  /** The log of another life. */
  async function reopened(): Promise<SegmentLog> {
    const log = create();
    await log.open();
    return log;
  }

  /** The ids that another life finds. */
  const recovered = async (): Promise<readonly string[]> => (await create().open()).batches.map(({ id }) => id);

  const files = (): readonly string[] => readdirSync(dir).sort();
  const bytesOf = (name: string): number => statSync(join(dir, name)).size;
  const batch = (id: string, position = 0, json = `{"id":"${id}"}`): StoredBatch => ({ id, position, json });
  const put = (log: SegmentLog, ...batches: readonly StoredBatch[]): unknown => log.write({ put: batches, remove: [] });
  const remove = (log: SegmentLog, ...ids: readonly string[]): unknown => log.write({ put: [], remove: ids });
  const PADDING = `"${'x'.repeat(4 * MIB)}"`;
  /** A batch that fills a segment. */
  const full = (id: string): StoredBatch => batch(id, 0, PADDING);

  /** Runs `work` with a disk that is full. */
  function withFullDisk<R>(work: () => R): R {
    const { writeSync } = fs;
    fs.writeSync = () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    syncBuiltinESMExports();
    try {
      return work();
    } finally {
      fs.writeSync = writeSync;
      syncBuiltinESMExports();
    }
  }

  it('reads back each batch of a line until it is removed', () => {
    const log = create();
    put(log, batch('a'), batch('b', 1, '{"text":"ü\\t😀"}'));
    expect(['a', 'b', 'c'].map((id) => log.read(id))).to.deep.equal(['{"id":"a"}', '{"text":"ü\\t😀"}', undefined]);
    remove(log, 'a');
    expect([log.read('a'), log.read('b'), log.hasBatches]).to.deep.equal([undefined, '{"text":"ü\\t😀"}', true]);
    remove(log, 'b');
    expect(log.hasBatches).to.equal(false);
  });

  it('has the latest of several batches with one id, also of a change that removes it first', async () => {
    const log = create();
    put(log, batch('a', 0, '"first"'));
    expect(log.write({ put: [batch('a', 5, '"second"')], remove: ['a'] })).to.equal(undefined);
    expect(log.read('a')).to.equal('"second"');
    log.close();
    expect((await create().open()).batches).to.deep.equal([batch('a', 5, '"second"')]);
  });

  it('recovers batches by their positions, and reads them', async () => {
    const first = create();
    put(first, batch('c', 3), batch('a', 1));
    put(first, batch('b', 1.5));
    first.close();
    const second = create();
    expect((await second.open()).batches.map(({ id }) => id)).to.deep.equal(['a', 'b', 'c']);
    expect([second.read('b'), second.hasBatches]).to.deep.equal(['{"id":"b"}', true]);
  });

  it('returns nothing for a batch that is damaged on disk, and throws if its file is gone', () => {
    const log = create();
    put(log, batch('a', 0, '"aaaa"'));
    const path = join(dir, '00000001.log');
    writeFileSync(path, readFileSync(path, 'utf8').replace('aaaa', 'aaab'));
    expect(log.read('a')).to.equal(undefined);
    rmSync(path);
    expect(thrownBy(() => log.read('a'))).to.include({ kind: 'unavailable', code: 'ENOENT', retryable: false });
    expect(log.isPresent).to.equal(false);
  });

  it('writes to a new file in each run, numbered after all others', async () => {
    mkdirSync(join(dir, '00000007.log'));
    const first = await reopened();
    expect(files()).to.deep.equal(['00000007.log']);
    put(first, batch('a'));
    first.close();
    const second = await reopened();
    put(second, batch('b'));
    expect(files()).to.deep.equal(['00000007.log', '00000008.log', '00000009.log']);
    second.close();
    expect(await recovered()).to.deep.equal(['a', 'b']);
  });

  it('deletes the oldest files when none of their batches is live', async () => {
    put(create(), batch('a'), batch('b'));
    put(await reopened(), batch('c'));
    const log = await reopened();
    put(log, batch('d'));
    remove(log, 'a', 'c');
    expect(files()).to.deep.equal(['00000001.log', '00000002.log', '00000003.log']);
    remove(log, 'b');
    expect([files(), log.read('d')]).to.deep.equal([['00000003.log'], '{"id":"d"}']);
  });

  it('moves a live batch to the end when most of the log is settled', async () => {
    const log = create();
    for (const each of [batch('stays'), full('a'), full('b')]) put(log, each);
    remove(log, 'a', 'b');
    expect(files()).to.deep.equal(['00000003.log']);
    expect([log.read('stays'), log.read('a')]).to.deep.equal(['{"id":"stays"}', undefined]);
    log.close();
    expect(await recovered()).to.deep.equal(['stays']);
  });

  it('deletes the files after one that another program has deleted', async () => {
    put(create(), batch('a'));
    put(await reopened(), batch('b'));
    const log = await reopened();
    put(log, batch('c'));
    rmSync(join(dir, '00000001.log'));
    remove(log, 'a', 'b');
    expect(files()).to.deep.equal(['00000003.log']);
  });

  it('keeps up to 1 MiB of settled batches, and then empties its file', () => {
    const log = create({ maxBytes: 1.5 * MIB });
    const json = `"${'x'.repeat(0.6 * MIB)}"`;
    for (const id of ['a', 'b']) {
      put(log, batch(id, 0, json));
      remove(log, id);
      expect(bytesOf('00000001.log') > HEADER.length, id).to.equal(id === 'a');
    }
    put(log, batch('c', 0, json));
    expect([files(), log.read('c') === json]).to.deep.equal([['00000001.log'], true]);
  });

  it('always accepts removals, and a batch when there is space for it', async () => {
    const log = create({ maxBytes: 200 });
    put(log, batch('a'));
    const large = batch('b', 0, `"${'x'.repeat(100)}"`);
    expect(thrownBy(() => put(log, large))).to.include({
      kind: 'unavailable',
      code: 'SPOOL_FULL',
      message: 'The batch does not fit into the 200 bytes of the store',
    });
    expect(log.read('b')).to.equal(undefined);
    for (let n = 0; n < 20; n += 1) remove(log, `unknown-${String(n)}`);
    remove(log, 'a');
    expect(log.hasBatches).to.equal(false);
    log.close();
    expect([files(), await recovered()]).to.deep.equal([[], []]);
  });

  describe('on a full disk', () => {
    it('stores nothing of a change, and leaves no new file', () => {
      const log = create();
      const error = withFullDisk(() => thrownBy(() => put(log, batch('a'))));
      expect(error).to.include({ kind: 'unavailable', code: 'ENOSPC', retryable: true });
      expect([files(), log.hasBatches, log.read('a')]).to.deep.equal([[], false, undefined]);
      put(log, batch('b'));
      expect(log.read('b')).to.equal('{"id":"b"}');
    });

    for (const [when, end] of Object.entries({
      'the next change': (log: SegmentLog) => put(log, batch('c')),
      'its end': (log: SegmentLog) => {
        log.close();
      },
    })) {
      it(`writes removals that failed with ${when}`, async () => {
        const log = create();
        put(log, batch('a'), batch('b'));
        withFullDisk(() => thrownBy(() => remove(log, 'a')));
        expect([log.read('a'), log.read('b')]).to.deep.equal([undefined, '{"id":"b"}']);
        end(log);
        expect((await recovered())[0]).to.equal('b');
      });
    }
  });

  it('waits for the disk only if it is synced, and only for batches', async () => {
    expect(put(create(), batch('a'))).to.equal(undefined);
    const synced = create({ isSynced: true });
    await synced.open();
    const answer = put(synced, batch('b'));
    expect(answer).to.be.instanceOf(Promise);
    await answer;
    expect(remove(synced, 'b')).to.equal(undefined);
  });
});
