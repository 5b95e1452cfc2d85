import fs, { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SegmentWriter } from '../../lib/node/segment-writer.js';

type WriteSync = (fd: number, bytes: Buffer, offset: number) => number;

const writeSync = fs.writeSync as WriteSync;

describe('SegmentWriter', () => {
  let dir: string;
  let path: string;
  let writer: SegmentWriter;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'segment-writer-'));
    path = join(dir, '1.log');
    writer = new SegmentWriter({ dir, isSynced: false });
  });

  afterEach(async () => {
    writer.abandon();
    await rm(dir, { recursive: true, force: true });
  });

  const text = (): string => readFileSync(path, 'utf8');

  /** Replaces functions of the file system while `work` runs. */
  function withDisk(replaced: { readonly writeSync?: WriteSync; readonly ftruncateSync?: () => void }, work: () => void): void {
    const original = { writeSync: fs.writeSync, ftruncateSync: fs.ftruncateSync };
    Object.assign(fs, replaced);
    syncBuiltinESMExports();
    try {
      work();
    } finally {
      Object.assign(fs, original);
      syncBuiltinESMExports();
    }
  }

  it('has no file before one is opened, and needs none for its methods', async () => {
    expect([writer.isOpen, writer.isPresent]).to.deep.equal([false, true]);
    writer.append(Buffer.from('lost\n'), 0);
    writer.truncate(0);
    writer.sync();
    writer.close();
    await writer.synced();
  });

  it('creates a file, appends lines, and cuts it', () => {
    writer.open(path);
    writer.append(Buffer.from('one\n'), 0);
    writer.append(Buffer.from('two\n'), 4);
    expect([writer.isOpen, text()]).to.deep.equal([true, 'one\ntwo\n']);
    writer.truncate(4);
    expect(text()).to.equal('one\n');
    writer.close();
    expect(writer.isOpen).to.equal(false);
  });

  it('never writes to an existing file', () => {
    writeFileSync(path, 'theirs');
    expect(() => writer.open(path)).to.throw('EEXIST');
    expect([writer.isOpen, text()]).to.deep.equal([false, 'theirs']);
  });

  it('detects that its file was deleted', () => {
    writer.open(path);
    expect(writer.isPresent).to.equal(true);
    unlinkSync(path);
    expect(writer.isPresent).to.equal(false);
  });

  it('writes the rest of a line of which the system has written a part', () => {
    writer.open(path);
    withDisk({ writeSync: (fd: number, line: Buffer, at: number) => writeSync(fd, line.subarray(0, at + 3), at) }, () => {
      writer.append(Buffer.from('0123456789\n'), 0);
    });
    expect(text()).to.equal('0123456789\n');
  });

  describe('when the disk fills within a line', () => {
    const full = (fd: number, line: Buffer, at: number): number => {
      if (at > 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      return writeSync(fd, line.subarray(0, 3), at);
    };

    beforeEach(() => {
      writer.open(path);
      writer.append(Buffer.from('one\n'), 0);
    });

    it('removes the part, so that the next line is whole', () => {
      withDisk({ writeSync: full }, () => {
        expect(() => writer.append(Buffer.from('two two\n'), 4)).to.throw('full');
      });
      writer.append(Buffer.from('three\n'), 4);
      expect(text()).to.equal('one\nthree\n');
    });

    it('abandons the file if the part cannot be removed', () => {
      const ftruncateSync = (): never => {
        throw new Error('EIO');
      };
      withDisk({ writeSync: full, ftruncateSync }, () => {
        expect(() => writer.append(Buffer.from('two two\n'), 4)).to.throw('full');
      });
      expect(writer.isOpen).to.equal(false);
    });
  });
});
