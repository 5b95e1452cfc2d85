import { expect } from 'chai';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repairEnd } from '../../lib/node/repair-end.js';

const BIG = 'ü'.repeat(100_000);

describe('repairEnd', () => {
  let path: string;

  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'repair-end-')), 'events.ndjson');
  });

  afterEach(async () => {
    await rm(join(path, '..'), { recursive: true, force: true });
  });

  const cases: Readonly<Record<string, readonly [before: string, after: string]>> = {
    'leaves an empty file': ['', ''],
    'leaves a file that ends with a line': ['{"a":1}\n', '{"a":1}\n'],
    'leaves a last line that is not ours': ['{"a":1}\noops\n', '{"a":1}\noops\n'],
    'cuts off half a line of ours': ['{"a":1}\n{"b":', '{"a":1}\n'],
    'cuts it off where nothing else is in the file': ['{"b":', ''],
    'cuts it off where it ends within a character': ['{"a":1}\n{"b":"\ufffd', '{"a":1}\n'],
    'cuts it off where it is longer than a block': [`{"a":"${BIG}"}\n{"b":"${BIG}`, `{"a":"${BIG}"}\n`],
    'cuts off zeros': ['{"a":1}\n\0\0\0\0', '{"a":1}\n'],
    'cuts off zeros behind half a line': ['{"a":1}\n{"b\0\0', '{"a":1}\n'],
    'ends a whole event that lacks its newline': ['{"a":1}\n{"b":2}', '{"a":1}\n{"b":2}\n'],
    'ends what another program wrote': ['{"a":1}\n# by hand', '{"a":1}\n# by hand\n'],
  };

  for (const [title, [before, after]] of Object.entries(cases)) {
    it(title, async () => {
      await writeFile(path, before);
      const handle = await open(path, 'a');
      try {
        expect(await repairEnd(handle, path, Buffer.byteLength(before))).to.equal(Buffer.byteLength(after));
      } finally {
        await handle.close();
      }
      expect(await readFile(path, 'utf8')).to.equal(after);
    });
  }

  it('reads an end without newlines in time that grows with its length only', async () => {
    const size = 64 * 65_536;
    await writeFile(path, Buffer.alloc(size));
    const handle = await open(path, 'a');
    const buffers = Buffer as { concat: (this: void, pieces: readonly Uint8Array[], length?: number) => Buffer<ArrayBuffer> };
    const { concat } = buffers;
    let copied = 0;
    try {
      buffers.concat = (pieces, length) => {
        const whole = concat(pieces, length);
        copied += whole.length;
        return whole;
      };
      expect(await repairEnd(handle, path, size)).to.equal(0);
    } finally {
      buffers.concat = concat;
      await handle.close();
    }
    expect(copied).to.be.at.most(2 * size);
  });
});
