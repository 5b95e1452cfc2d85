import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import { unpacked } from '../../lib/node/unpacked.js';

interface Unpacked {
  readonly text: string;
  readonly code: string | undefined;
  readonly trailings: number;
}

/** What chunks unpack to, the code of the error at the end, and how often bytes after the end were reported. */
async function unpack(...chunks: readonly (string | Uint8Array)[]): Promise<Unpacked> {
  const read: Buffer[] = [];
  let code: string | undefined;
  let trailings = 0;
  try {
    for await (const bytes of unpacked(sourceOf(chunks), () => (trailings += 1))) read.push(bytes);
  } catch (error) {
    ({ code } = error as NodeJS.ErrnoException);
  }
  return { text: Buffer.concat(read).toString('latin1'), code, trailings };
}

async function* sourceOf(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Buffer, void> {
  await Promise.resolve();
  for (const chunk of chunks) yield Buffer.from(chunk);
}

const inPieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));

const whole = (text: string): Unpacked => ({ text, code: undefined, trailings: 0 });

describe('unpacked', () => {
  it('passes on bytes that do not start like gzip', async () => {
    for (const text of ['', '{', '{"a":1}\n', '\x1f', '\x1fx', 'x\x1f\x8b'])
      expect(await unpack(Buffer.from(text, 'latin1'))).to.deep.equal(whole(text));
    expect(await unpack('{', '"a"', ':1}')).to.deep.equal(whole('{"a":1}'));
  });

  it('unpacks gzip wherever it is cut, also of several members', async () => {
    const members = Buffer.concat([gzipSync('one '), gzipSync(''), gzipSync('two')]);
    for (const size of [1, 7, members.length]) expect(await unpack(...inPieces(members, size))).to.deep.equal(whole('one two'));
  });

  it('unpacks more than one piece', async () => {
    const text = Array.from({ length: 9_000 }, (_, n) => String((n * n * 7_919) % 99_991)).join();
    const packed = gzipSync(text);
    expect(packed.length).to.be.greaterThan(16_384);
    expect(await unpack(packed)).to.deep.equal(whole(text));
  });

  it('ignores zeros after the end', async () => {
    for (const zeros of [[1], [700], [1, 7]]) {
      expect(await unpack(gzipSync('a'), ...zeros.map((length) => Buffer.alloc(length)))).to.deep.equal(whole('a'));
      expect(await unpack(Buffer.concat([gzipSync('a'), ...zeros.map((length) => Buffer.alloc(length))]))).to.deep.equal(whole('a'));
    }
  });

  for (const [what, trailing] of Object.entries({
    text: 'text',
    'one byte': '\n',
    "gzip's first byte": '\x1f',
    'zeros and text': '\0\0\0x',
  })) {
    it(`reports ${what} after the end once, after everything before`, async () => {
      const bytes = Buffer.concat([gzipSync('one '), gzipSync('two'), Buffer.from(trailing)]);
      for (const size of [1, 5, bytes.length])
        expect(await unpack(...inPieces(bytes, size))).to.deep.equal({ ...whole('one two'), trailings: 1 });
    });
  }

  it('finds such bytes anywhere in a chunk after zeros', async () => {
    expect(await unpack(gzipSync('a'), Buffer.alloc(2), 'x\0\0')).to.deep.equal({ ...whole('a'), trailings: 1 });
  });

  it('throws at a missing end, after everything before it', async () => {
    const packed = gzipSync('a'.repeat(100));
    for (const missing of [1, 8])
      expect(await unpack(packed.subarray(0, -missing))).to.deep.equal({ text: 'a'.repeat(100), code: 'Z_BUF_ERROR', trailings: 0 });
    expect(await unpack(packed.subarray(0, 2))).to.deep.equal({ text: '', code: 'Z_BUF_ERROR', trailings: 0 });
    expect(await unpack(packed, packed.subarray(0, 2))).to.include({ text: 'a'.repeat(100), code: 'Z_BUF_ERROR' });
  });

  it('throws at a wrong checksum, after everything before it', async () => {
    const packed = gzipSync('abc');
    packed[packed.length - 8]! ^= 1;
    expect(await unpack(packed, gzipSync('def'))).to.deep.equal({ text: 'abc', code: 'Z_DATA_ERROR', trailings: 0 });
  });

  it('throws at damage, after every byte before it', async () => {
    // Blocks that are only stored: the first one's length is known, and so is the place of the second one's header.
    const text = 'abcdefghi\n'.repeat(10_000);
    const packed = gzipSync(text, { level: 0 });
    const length = packed.readUInt16LE(11);
    expect(length).to.be.greaterThan(16_384);
    packed[15 + length] = 0xff;
    expect(await unpack(...inPieces(packed, 40_000))).to.deep.equal({ text: text.slice(0, length), code: 'Z_DATA_ERROR', trailings: 0 });
  });
});
