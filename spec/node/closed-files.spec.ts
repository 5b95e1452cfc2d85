import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { ClosedFiles } from '../../lib/node/closed-files.js';

const START = Date.parse('2026-11-23T08:15:00Z');

describe('ClosedFiles', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'closed-files-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<void> => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  };

  /** The content of each file, unpacked. */
  async function files(): Promise<Record<string, string>> {
    const names = (await readdir(folder)).sort();
    const contents = names.map(async (name) => {
      const bytes = await readFile(join(folder, name));
      return [name, (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()] as const;
    });
    return Object.fromEntries(await Promise.all(contents));
  }

  const closedFiles = (name: string, options: Partial<ConstructorParameters<typeof ClosedFiles>[1]> = {}): ClosedFiles =>
    new ClosedFiles(join(folder, name), { maxFiles: Infinity, gzip: false, ...options });

  for (const [name, closed] of Object.entries({
    'events.ndjson': 'events.2026-11-23T08-15-00.000Z.ndjson',
    events: 'events.2026-11-23T08-15-00.000Z',
    '.events': '.events.2026-11-23T08-15-00.000Z',
    'a+(b).c.log': 'a+(b).c.2026-11-23T08-15-00.000Z.log',
  })) {
    it(`adds the time to the name of ${name}, and finds it again`, async () => {
      await write({ [name]: 'old' });
      await closedFiles(name).add(START);
      expect(await files()).to.deep.equal({ [closed]: 'old' });
      await closedFiles(name, { maxFiles: 0 }).tidy();
      expect(await files()).to.deep.equal({});
    });
  }

  it('uses the next free millisecond, also considering compressed files', async () => {
    await write({
      'e.2026-11-23T08-15-00.000Z.log': 'first',
      'e.2026-11-23T08-15-00.001Z.log.gz': gzipSync('second'),
      'e.log': 'third',
    });
    await closedFiles('e.log').add(START);
    expect(await files()).to.have.property('e.2026-11-23T08-15-00.002Z.log', 'third');
  });

  it('does not reuse the name of an older file, with any clock', async () => {
    const closed = closedFiles('e.log', { maxFiles: 1 });
    for (const [content, at] of [
      ['1', START],
      ['2', START],
      ['3', START - 5_000],
    ] as const) {
      await write({ 'e.log': content });
      await closed.add(at);
      await closed.tidy();
    }
    expect(await files()).to.deep.equal({ 'e.2026-11-23T08-15-00.002Z.log': '3' });
  });

  it('deletes the oldest files beyond the limit, and counts a plain and a compressed file of the same name once', async () => {
    await write({
      'e.2026-01-01T00-00-00.000Z.log': '1',
      'e.2026-01-01T00-00-00.000Z.log.gz': gzipSync('1'),
      'e.2026-01-02T00-00-00.000Z.log.gz': gzipSync('2'),
      'e.2026-01-03T00-00-00.000Z.log': '3',
    });
    await closedFiles('e.log', { maxFiles: 2 }).tidy();
    expect(await files()).to.deep.equal({ 'e.2026-01-02T00-00-00.000Z.log.gz': '2', 'e.2026-01-03T00-00-00.000Z.log': '3' });
  });

  it('leaves all other files alone', async () => {
    const others = [
      ...['e.log', 'e.old.log', 'eX2026-01-01T00-00-00.000Z.log', 'f.2026-01-01T00-00-00.000Z.log', 'e.2026-01-01T00-00-00.000ZXlog'],
      ...['e.2026-01-01T00-00-00.000Z.log.bak', 'e.2026-01-01.log', 'e.2026-01-01T00-00-00.000Z.log.gz.part.gz'],
    ];
    await write(Object.fromEntries(others.map((name) => [name, gzipSync('theirs')])));
    await closedFiles('e.log', { maxFiles: 0, gzip: true }).tidy();
    expect((await readdir(folder)).sort()).to.deep.equal(others.sort());
  });

  it('compresses plain files, and finishes the work of a process that died', async () => {
    await write({
      'e.2026-01-01T00-00-00.000Z.log': 'plain',
      'e.2026-01-02T00-00-00.000Z.log': 'half',
      'e.2026-01-02T00-00-00.000Z.log.gz.part': gzipSync('half').subarray(0, 9),
      'e.2026-01-03T00-00-00.000Z.log': 'done',
      'e.2026-01-03T00-00-00.000Z.log.gz': gzipSync('done'),
      'e.2026-01-04T00-00-00.000Z.log.gz.part': 'nothing left',
    });
    await closedFiles('e.log', { gzip: true }).tidy();
    expect(await files()).to.deep.equal({
      'e.2026-01-01T00-00-00.000Z.log.gz': 'plain',
      'e.2026-01-02T00-00-00.000Z.log.gz': 'half',
      'e.2026-01-03T00-00-00.000Z.log.gz': 'done',
    });
  });

  it('keeps the plain file if compressing it fails', async () => {
    const [plain, part] = ['e.2026-01-01T00-00-00.000Z.log', 'e.2026-01-01T00-00-00.000Z.log.gz.part'];
    await write({ 'e.2026-01-01T00-00-00.000Z.log.gz.part': 'x' });
    // A folder in place of the file can't be read as one.
    await mkdir(join(folder, plain));
    const failure = await closedFiles('e.log', { gzip: true }).tidy().then(() => undefined, (error: unknown) => error); // prettier-ignore
    expect(failure).to.have.property('code', 'EISDIR');
    expect([existsSync(join(folder, plain)), existsSync(join(folder, part))]).to.deep.equal([true, false]);
  });

  it('rejects if there is no file to rename', async () => {
    const failure = await closedFiles('e.log').add(START).then(() => undefined, (error: unknown) => error); // prettier-ignore
    expect(failure).to.have.property('code', 'ENOENT');
  });
});
