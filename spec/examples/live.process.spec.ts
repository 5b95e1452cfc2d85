import { expect } from 'chai';
import { spawn, spawnSync, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { gzipSync } from 'node:zlib';
import { concatMap, interval, NEVER, of, range, Subject, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { fileChanges, type FileChange } from '../../examples/live/input/file-changes.js';
import { main } from '../../examples/live/index.js';
import { parseOptions, UsageError } from '../../examples/live/options.js';
import { pace } from '../../examples/live/input/pace.js';
import { pipedInput } from '../../examples/live/input/piped-input.js';
import { recordReader, toEpochMs } from '../../examples/live/input/record-to-event.js';
import { ledgerLines } from '../../examples/live/output/report.js';
import type { Io } from '../../examples/live/io.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { EventCollector, type CollectorStats } from '../../lib/index.js';
import { expectBalancedStats } from '../support/books.js';
import { dataFile } from '../support/data.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { attributeOf, decodeLogs, plain, recordsOf } from '../support/otlp.js';
import { until } from '../support/until.js';

const ROOT = join(import.meta.dirname, '../..');
const WITHOUT_SQLITE = join(ROOT, 'spec/support/programs/without-sqlite.cjs');
const PROGRAM = ['--import', 'tsx', join(ROOT, 'examples/live/index.ts')];

describe('examples/live', () => {
  let folder: string;
  /** Ended by their tests, or after them. */
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'live-'));
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the program in a folder of its own. */
  async function run(
    argv: readonly string[],
    io: Partial<Io> = {},
  ): Promise<{ code: number; printed: string[]; events: AnalyticsEvent[] }> {
    const printed: string[] = [];
    const code = await main(argv, { stdin: Readable.from([]), cwd: folder, print: (line) => printed.push(line), stop$: NEVER, ...io });
    return { code, printed, events: await written(folder) };
  }

  async function file(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(join(folder, name), content);
    return name;
  }

  describe('with a file', () => {
    it('delivers every record, in order, and reports a balanced ledger', async () => {
      const records = Array.from({ length: 250 }, (_, index) => ({
        id: `r${String(index)}`,
        type: index % 2 ? 'odd' : 'even',
        ts: 1_700_000_000 + index,
      }));
      const { code, printed, events } = await run([await file('in.ndjson', lines(records))]);
      expect(code).to.equal(0);
      expect(events.map(({ id, type, timestamp, data }) => ({ id, type, timestamp, data }))).to.deep.equal(
        records.map((record) => ({ id: record.id, type: record.type, timestamp: record.ts * 1000, data: record })),
      );
      expect(printed).to.include(
        '  250 received = 0 filtered + 0 sampled out + 0 dropped + 0 invalid + 0 closed + 0 buffered + 250 processed',
      );
      expect(printed).to.include('  ndjson: 250 offered = 250 delivered + 0 failed + 0 dropped + 0 pending');
      expect(printed).to.include('  books balanced');
      expect(printed).to.include('       125  odd');
    });

    it('prints the address of its page, with a token, and has none with --no-web', async () => {
      const input = await file('in.ndjson', lines([{ type: 'a' }]));
      const address = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{22}$/;
      expect((await run([input])).printed.filter((line) => address.test(line))).to.have.length(1);
      expect((await run([input, '--no-web'])).printed.join('\n')).to.not.include('http:');
    });

    it('sends every record to a receiver of OpenTelemetry with --to, too', async () => {
      const server = await LoopbackServer.start((_received, response) => response.writeHead(200).end('{}'));
      try {
        const records = Array.from({ length: 250 }, (_, index) => ({ id: `r${String(index)}`, type: 'a', ts: 1_700_000_000 + index }));
        const { code, printed } = await run([
          await file('in.ndjson', lines(records)),
          '--to',
          `otlp=http://127.0.0.1:${String(server.port)}`,
        ]);
        expect(printed).to.include('  otlp: 250 offered = 250 delivered + 0 failed + 0 dropped + 0 pending');
        expect(code).to.equal(0);
        const sent = server.requests.flatMap(({ body }) => recordsOf(decodeLogs(body)));
        expect(sent.map((record) => plain(attributeOf(record, 'log.record.uid')))).to.deep.equal(records.map(({ id }) => id));
      } finally {
        await server.stop();
      }
    });

    it('sends every record to PostHog with --to, too', async () => {
      const server = await LoopbackServer.start((_received, response) => response.writeHead(200).end('{"status":1}'));
      try {
        const input = await file('in.ndjson', lines([{ type: 'a' }, { type: 'b' }]));
        const { code, printed } = await run([input, '--to', `posthog=http://127.0.0.1:${String(server.port)}/proxy?key=phc_1`]);
        expect(printed).to.include('  posthog: 2 offered = 2 delivered + 0 failed + 0 dropped + 0 pending');
        expect(code).to.equal(0);
        expect(server.requests[0]?.path).to.equal('/proxy/batch/');
        expect(JSON.parse(server.requests[0]?.body ?? '')).to.include({ api_key: 'phc_1' });
      } finally {
        await server.stop();
      }
    });

    it('ends with 1 if a receiver refuses the records, and with 2 for an unknown destination', async () => {
      const server = await LoopbackServer.start((_received, response) => response.writeHead(404).end());
      const input = await file('in.ndjson', lines([{ type: 'a' }]));
      try {
        const { code, printed } = await run([input, '--to', `otlp=${server.url}`]);
        expect(code).to.equal(1);
        expect(printed).to.include('  otlp: 1 offered = 0 delivered + 1 failed + 0 dropped + 0 pending');
      } finally {
        await server.stop();
      }
      expect((await run([input, '--to', 'oltp=http://localhost:4318'])).code).to.equal(2);
    });

    it('enriches each event with its source', async () => {
      const { events } = await run([await file('in.ndjson', lines([{ type: 'a' }]))]);
      expect(events[0]?.metadata.source).to.equal('in.ndjson');
    });

    it('reads gzip', async () => {
      const { code, events } = await run([await file('in.ndjson.gz', gzipSync(lines([{ type: 'a' }, { type: 'b' }])))]);
      expect(code).to.equal(0);
      expect(events.map(({ type }) => type)).to.deep.equal(['a', 'b']);
    });

    it('counts and lists invalid lines, and delivers the others', async () => {
      const { code, printed, events } = await run([await file('in.ndjson', '{"type":"a"}\n{oops\n\n[1]\nnull\n{"type":"b"}')]);
      expect(code).to.equal(0);
      expect(events.map(({ type }) => type)).to.deep.equal(['a', 'b']);
      expect(printed).to.include('3 bad lines: 2 (not valid JSON), 4 (not an object), 5 (not an object)');
    });

    it('counts records with the same id, and does not remove them', async () => {
      const { events } = await run([await file('in.ndjson', lines([{ id: 1 }, { id: 1 }]))]);
      expect(events.map(({ id }) => id)).to.deep.equal(['1', '1']);
    });

    it('keeps the fraction of --sample, and one event of every type', async () => {
      const records = Array.from({ length: 50 }, (_, id) => ({ id, type: id % 2 ? 'odd' : 'even' }));
      const { code, printed, events } = await run([await file('in.ndjson', lines(records)), '--sample', '0']);
      expect(code).to.equal(0);
      expect(events.map(({ id }) => id)).to.deep.equal(['0', '1']);
      expect(printed.join('\n')).to.match(/ 50 received = 0 filtered \+ 48 sampled out /);
    });

    it('appends to the file that --out names', async () => {
      await run([await file('in.ndjson', lines([{ type: 'a' }])), '--out', 'mine/all.ndjson']);
      await run([await file('in.ndjson', lines([{ type: 'b' }])), '--out', 'mine/all.ndjson']);
      expect((await eventsIn(join(folder, 'mine/all.ndjson'))).map(({ type }) => type)).to.deep.equal(['a', 'b']);
    });

    it('writes a new file at every run', async () => {
      const input = await file('in.ndjson', lines([{ type: 'a' }]));
      await run([input]);
      await run([input]);
      expect((await readdir(join(folder, '.events'))).filter((name) => name.endsWith('.ndjson'))).to.have.length(2);
    });

    it('stores each event once over several runs, and ends with a summary of the store', async () => {
      const input = await file(
        'in.ndjson',
        lines([
          { id: 'x', type: 'a' },
          { id: 'y', type: 'b' },
        ]),
      );
      const first = await run([input, '--id-field', 'id']);
      expect(first.printed.join('\n'))
        .to.match(/sqlite: 2 offered = 2 delivered /)
        .and.match(/stored {2}2 events, /);
      const second = await run([input, '--id-field', 'id', '--store', join('.events', 'events.db')]);
      expect(second.printed.join('\n'))
        .to.match(/sqlite: 2 offered = 2 delivered /)
        .and.match(/stored {2}2 events, .*; 2 were there already/);
    });

    it('ends with its ledger if the store is damaged', async () => {
      const input = await file('in.ndjson', lines(Array.from({ length: 200 }, (_, index) => ({ type: 'a', text: 'x'.repeat(index) }))));
      await run([input, '--store', 'events.db']);
      const store = await readFile(join(folder, 'events.db'));
      // After the schema.
      await writeFile(join(folder, 'events.db'), store.fill('Z', 4_096));
      const { code, printed } = await run([input, '--store', 'events.db']);
      expect(code).to.equal(1);
      expect(printed).to.include('  books balanced');
      expect(printed.join('\n')).to.match(/stored {2}can't be told: .*malformed/);
    });

    it('stores nothing with --no-store, or if the path is not a database', async () => {
      const input = await file('in.ndjson', lines([{ type: 'a' }]));
      const without = await run([input, '--no-store']);
      expect(without.printed.join('\n')).not.to.match(/sqlite|stored/);
      const instead = await run([input, '--store', input]);
      expect(instead.printed.join('\n')).to.contain('Not stored in ');
      // A requested database that can't be opened is a failure.
      expect([without.code, instead.code]).to.deep.equal([0, 1]);
      expect(await readFile(join(folder, input), 'utf8')).to.equal(lines([{ type: 'a' }]));
    });

    it('delivers the events in the folder of `--spool` in the next run', async () => {
      const input = await file('in.ndjson', lines([{ type: 'a' }, { type: 'b' }]));
      const first = await run([input, '--no-store', '--spool', 'spool', '--fault', 'hanging', '--grace', '0.1']);
      expect(first.printed.join('\n')).to.match(
        /upstream: 2 offered = 0 delivered \+ 0 failed \+ 0 dropped \+ 2 kept for the next run \+ 0 pending/,
      );
      expect(first.code).to.equal(1);
      const second = await run([await file('none.ndjson', ''), '--no-store', '--spool', 'spool']);
      expect(second.printed.join('\n')).to.match(/upstream: 2 offered and recovered = 2 delivered /);
      expect(second.code).to.equal(0);
    });

    it('writes files only and reports it if Node has no SQLite and none is installed', () => {
      const { status, stdout } = spawnSync(
        process.execPath,
        ['--require', WITHOUT_SQLITE, ...PROGRAM, '-', '--out', join(folder, 'out.ndjson')],
        {
          cwd: ROOT,
          encoding: 'utf8',
          input: '{"type":"a"}\n',
          env: { ...process.env, WITHOUT_SQLITE: '@photostructure/sqlite,better-sqlite3' },
        },
      );
      expect(stdout)
        .to.match(/Not stored in .*: This version of Node has no node:sqlite/)
        .and.match(/ndjson: 1 offered = 1 delivered /);
      expect(status).to.equal(0);
    });

    it('reports the guessed fields, and how many records have them', async () => {
      const records = [...Array.from({ length: 9 }, () => ({ ts: 1 })), { ts: 2, name: 'login' }];
      const { code, printed } = await run([await file('in.ndjson', lines(records)), '--no-store']);
      const hint = 'id from no field; guessed: --type-field, --time-field and --id-field choose others';
      // After the first record, and at the end.
      expect(printed.filter((line) => line.startsWith('fields '))).to.deep.equal([
        `fields  type from no field, time from ts, ${hint}`,
        `fields  type from name (1 of 10 records), time from ts, ${hint}`,
      ]);
      expect(code).to.equal(0);
    });

    it('fails if no record has a named field', async () => {
      const input = await file('in.ndjson', lines([{ type: 'a', at: 1 }]));
      const { code, printed, events } = await run([input, '--type-field', 'kind', '--time-field', 'at', '--no-store']);
      expect(code).to.equal(1);
      expect(printed).to.include("no record has a type in 'kind' (--type-field)");
      expect(printed.join('\n')).not.to.include("in 'at'");
      expect(events.map(({ type }) => type)).to.deep.equal(['record']);
    });

    for (const [name, content] of [
      ['CSV', 'a,b\n1,2\n'],
      ['binary data', Uint8Array.from([0, 255, 10, 254, 1])],
    ] as const)
      it(`fails if every line is invalid: ${name}`, async () => {
        const { code, printed } = await run([await file('in', content), '--no-store']);
        expect(code).to.equal(1);
        expect(printed).to.include('no line of the input is a JSON object: it has to be NDJSON, one object a line');
      });

    it('fails with its ledger when the file is missing', async () => {
      const { code, printed } = await run(['missing.ndjson']);
      expect(code).to.equal(1);
      expect(printed.join('\n'))
        .to.match(/input failed: ENOENT/)
        .and.match(/books balanced/);
    });

    it('delivers the readable part of a truncated file, and fails', async () => {
      const records = Array.from({ length: 300 }, (_, id) => ({ id, type: 'a' }));
      const packed = gzipSync(lines(records));
      const { code, printed, events } = await run([await file('in.gz', packed.subarray(0, packed.length - 1))]);
      expect(code).to.equal(1);
      expect(events).to.have.length(300);
      expect(printed).to.include('input failed: unexpected end of file');
    });

    it('fails with its ledger if nothing can be written', async () => {
      const { code, printed } = await run([await file('in.ndjson', lines([{ type: 'a' }])), '--out', '.']);
      expect(code).to.equal(1);
      expect(printed.join('\n'))
        .to.match(/delivery failed: EISDIR/)
        .and.match(/1 offered = 0 delivered \+ 1 failed/)
        .and.match(/books balanced/);
    });

    it('balances for all recorded GitHub events', async function () {
      const path = dataFile(this, 'github-events.ndjson.gz');
      const { code, printed, events } = await run([path, '--type-field', 'type', '--time-field', 'created_at', '--id-field', 'id']);
      expect(code).to.equal(0);
      expect(printed.join('\n'))
        .to.match(/ 800 received = .* 800 processed\n/)
        .and.match(/ 800 offered = 800 delivered /);
      expect(printed).to.include('       425  PushEvent');
      expect(new Set(events.map(({ id }) => id)).size).to.equal(800);
      for (const { id, type, timestamp, data } of events) {
        expect(data).to.include({ id, type });
        expect(Date.parse((data as { created_at: string }).created_at)).to.equal(timestamp);
      }
    });

    it('balances for all recorded clicks', async function () {
      const { code, printed, events } = await run([
        dataFile(this, 'ubi-clickstream.ndjson.gz'),
        '--id-field',
        'event_attributes.session_id',
      ]);
      expect(code).to.equal(0);
      expect(events).to.have.length(15_000);
      expect(events.filter(({ type }) => type === 'on_search')).to.have.length(2_576);
      expect(printed).to.include('      2002  record');
    }).timeout(40_000);
  });

  describe('with standard input', () => {
    it('reads a pipe', async () => {
      const { code, printed, events } = await run([], {
        stdin: Readable.from([Buffer.from('{"type":"a"}\n{"ty'), Buffer.from('pe":"b"}\n')]),
      });
      expect(code).to.equal(0);
      expect(printed[0]).to.equal('from  standard input');
      expect(events.map(({ type }) => type)).to.deep.equal(['a', 'b']);
    });

    it('delivers more than a lane holds: the input waits', async () => {
      const records = Array.from({ length: 25_000 }, (_, id) => ({ id, type: 'many' }));
      const { code, events } = await run([], { stdin: Readable.from([Buffer.from(lines(records))]) });
      expect(code).to.equal(0);
      expect(events.map(({ id }) => id)).to.deep.equal(records.map(({ id }) => String(id)));
    });

    it('waits for it with `-`', async () => {
      const stdin = new PassThrough();
      const outcome = run(['-'], { stdin });
      setImmediate(() => stdin.end('{"type":"late"}\n'));
      expect((await outcome).events.map(({ type }) => type)).to.deep.equal(['late']);
    });

    it('waits for a pipe that is silent at first, and reports it', async () => {
      const stdin = new PassThrough();
      const printed: string[] = [];
      const outcome = run([], { stdin, print: (line) => printed.push(line) });
      await until(() => printed.some((line) => line.startsWith('Waiting for standard input.')));
      stdin.end('{"type":"late"}\n');
      const { code, events } = await outcome;
      expect(code).to.equal(0);
      expect(events.map(({ type }) => type)).to.deep.equal(['late']);
    });

    it('ends with its ledger when it is stopped in the middle', async () => {
      const stdin = new PassThrough();
      const stop$ = new Subject<void>();
      const outcome = run(['-'], { stdin, stop$ });
      stdin.write(lines([{ type: 'a' }, { type: 'b' }]));
      await until(() => stdin.readableLength === 0);
      stop$.next();
      const { code, printed, events } = await outcome;
      expect(code).to.equal(0);
      expect(stdin.destroyed).to.equal(true);
      expect(printed.join('\n'))
        .to.match(new RegExp(` ${String(events.length)} delivered `))
        .and.match(/books balanced/);
    });

    it('ends by itself after --seconds', async () => {
      const { code } = await run(['-', '--seconds', '0.01'], { stdin: new PassThrough() });
      expect(code).to.equal(0);
    });

    it('is distinguished from an input that is empty, closed, silent or a terminal', async () => {
      const closed = new PassThrough();
      closed.destroy();
      const terminal = Object.assign(new PassThrough(), { isTTY: true });
      terminal.write('typed ahead');
      expect(await pipedInput(Readable.from([Buffer.from('x')]), 10_000)).to.equal('something');
      expect(await pipedInput(Readable.from([]), 10_000)).to.equal('nothing');
      expect(await pipedInput(closed, 10_000)).to.equal('nothing');
      expect(await pipedInput(new PassThrough(), 1)).to.equal('silence');
      expect(await pipedInput(terminal, 10_000)).to.equal('nothing');
    });
  });

  describe('without input', () => {
    it('watches the machine and the folder until it is stopped', async () => {
      await mkdir(join(folder, 'node_modules'));
      const stop$ = new Subject<void>();
      const outcome = run([], { stop$ });
      await until(async () => {
        await writeFile(join(folder, 'node_modules', 'ignored.txt'), '');
        await writeFile(join(folder, 'seen.txt'), String(process.hrtime.bigint()));
        const types = new Set((await written(folder)).map(({ type }) => type));
        return types.has('file_changed') && types.has('memory_usage') && types.has('cpu_usage');
      });
      stop$.next();
      const { code, printed, events } = await outcome;
      expect(code).to.equal(0);
      expect(printed).to.include('  books balanced');
      const paths = events.filter(({ type }) => type === 'file_changed').map(({ data }) => (data as FileChange).path);
      expect([...new Set(paths)]).to.deep.equal(['seen.txt']);
    });

    it('stops at Ctrl-C with its ledger, and the process ends', async () => {
      const out = join(folder, 'out.ndjson');
      const child = spawn(process.execPath, [...PROGRAM, '--out', out], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      const printed = await toTheEnd(child, () => child.kill('SIGINT'));
      expect(child.exitCode).to.equal(0);
      expect(printed).to.match(/books balanced/);
      expect(printed).to.include(`${String((await eventsIn(out)).length)} delivered + 0 failed`);
    });

    it("stops when npm's shell is killed, which does not pass the signal on", async function () {
      if (process.platform === 'win32') this.skip();
      const command = [process.execPath, ...PROGRAM, '--out', join(folder, 'out.ndjson')].map((word) => `'${word}'`).join(' ');
      const env = { ...process.env, npm_lifecycle_event: 'start' };
      // The `:` keeps the shell from replacing itself by the program.
      const shell = spawn('sh', ['-c', `${command}; :`], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(shell);
      const printed = await toTheEnd(shell, () => shell.kill('SIGTERM'));
      expect(printed).to.match(/books balanced/);
    });
  });

  describe('with a faulty sink', () => {
    const RECORDS = Array.from({ length: 250 }, (_, id) => ({ id, type: 'a' }));

    for (const fault of ['slow', 'failing', 'hanging']) {
      it(`delivers everything to the other, and balances both ledgers, when it is ${fault}`, async () => {
        const input = await file('in.ndjson', lines(RECORDS));
        const { code, printed, events } = await run([input, '--fault', fault, '--queue', '120', '--grace', '0.05']);
        expect(code).to.equal(1);
        expect(events).to.have.length(250);
        const text = printed.join('\n');
        expect(text).to.include('ndjson: 250 offered = 250 delivered + 0 failed + 0 dropped + 0 pending');
        const [, delivered = '', failed = '', dropped = ''] =
          /upstream: 250 offered = (\d+) delivered \+ (\d+) failed \+ (\d+) dropped \+ 0 pending/.exec(text) ?? [];
        expect(Number(delivered) + Number(failed) + Number(dropped)).to.equal(250);
        expect(Number(dropped)).to.be.at.least(130);
        expect(text)
          .to.match(/upstream dropped for: .*1\d\d overflow/)
          .and.match(/books balanced/);
      });
    }

    /** Runs until a line shows that the input is held, and a second has passed. */
    async function runUntilFull(argv: readonly string[]): Promise<{ code: number; printed: string; events: AnalyticsEvent[] }> {
      const input = await file('in.ndjson', lines(RECORDS));
      const stop$ = new Subject<void>();
      const printed: string[] = [];
      const outcome = run([input, ...argv, '--queue', '120', '--grace', '0.05'], { stop$, print: (line) => printed.push(line) });
      await until(() => printed.filter((line) => line.includes(' 120 received, 0 buffered')).length >= 2);
      stop$.next();
      const { code, events } = await outcome;
      return { code, printed: printed.join('\n'), events };
    }

    it('may be the file, so that the input waits', async () => {
      const { code, printed } = await runUntilFull(['--fault', 'ndjson=hanging']);
      expect(code).to.equal(1);
      expect(printed)
        .to.match(/ndjson: 120 offered = 0 delivered \+ 0 failed \+ 120 dropped/)
        .and.match(/upstream: 120 offered = 120 delivered /)
        .and.match(/books balanced/);
    });

    it('delays the input, and loses nothing, if its lane blocks', async () => {
      const { printed, events } = await runUntilFull(['--fault', 'hanging', '--overflow', 'block']);
      expect(events).to.have.length(120);
      expect(printed)
        .to.match(/ received = 0 filtered \+ 0 sampled out \+ 0 dropped .* 120 processed/)
        .and.match(/books balanced/);
    });

    it('is not awaited after a second request to stop', async () => {
      const input = await file('in.ndjson', lines(RECORDS));
      const stop$ = new Subject<void>();
      const outcome = run([input, '--fault', 'hanging', '--grace', '1000000'], { stop$ });
      const asking = interval(20).subscribe(() => {
        stop$.next();
      });
      const { printed } = await outcome;
      asking.unsubscribe();
      expect(printed.join('\n')).to.match(/upstream: (\d+) offered = 0 delivered \+ 0 failed \+ \1 dropped/);
    });

    it('is known by name', async () => {
      const { code, printed } = await run(['--fault', 'kafka=slow']);
      expect(code).to.equal(2);
      expect(printed.join('\n')).to.match(/Expected --fault to name one of ndjson, sqlite, upstream, got 'kafka'/);
    });
  });

  describe('with --json', () => {
    it('prints one object a line and nothing else, and all of it at the end', async () => {
      const input = await file('in.ndjson', `${lines([{ type: 'a' }, { type: 'b' }, { type: 'a' }])}oops`);
      const argv = [...PROGRAM, join(folder, input), '--json', '--rate', '2', '--fault', 'slow', '--out', join(folder, 'out.ndjson')];
      const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      const printed = await toTheEnd(child, () => undefined);
      const objects = printed
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const report = objects.pop();
      expect(child.exitCode).to.equal(0);
      expect(objects).not.to.have.length(0);
      expect(Math.max(...objects.map(({ perSecond }) => Number(perSecond)))).to.be.above(0);
      for (const { kind, stats, healths, totalBytes } of objects) {
        expect({ kind, healths, totalBytes }).to.deep.equal({
          kind: 'progress',
          healths: { ndjson: 'ok', sqlite: 'ok', upstream: 'slow' },
          totalBytes: lines([{ type: 'a' }, { type: 'b' }, { type: 'a' }]).length + 4,
        });
        expectBalancedStats(stats as CollectorStats);
      }
      expect(report).to.deep.include({ kind: 'report', exitCode: 0, isBalanced: true, types: { a: 2, b: 1 }, badLines: 1, problems: [] });
      expect(report).to.include({ from: join(folder, input), sample: 1, maxEvents: 10_000, isPaused: false });
      const { eventsProcessed, sinks } = report?.stats as CollectorStats;
      expect([eventsProcessed, sinks.ndjson?.delivered, sinks.upstream?.delivered]).to.deep.equal([3, 3, 3]);
    });

    it('reports errors', async () => {
      const { code, printed } = await run(['missing.ndjson', '--json']);
      expect(code).to.equal(1);
      const report = JSON.parse(printed.at(-1) ?? '') as { problems: string[]; totalBytes: unknown; exitCode: number };
      expect(report.problems.join()).to.match(/input failed: ENOENT/);
      expect(report).to.include({ totalBytes: null, exitCode: 1 });
    });
  });

  describe('on a terminal', () => {
    it('draws on the alternate screen, obeys keys, restores the screen, and reports', async () => {
      const { terminal, shown } = fakeTerminal();
      const keyboard = fakeKeyboard();
      const input = await file('in.ndjson', lines(Array.from({ length: 30 }, (_, id) => ({ id, type: 'seen' }))));
      const outcome = run([input, '--paused', '--queue', '10', '--grace', '0.05'], { terminal, keyboard });
      await until(() => keyboard.isRaw);
      keyboard.type('h');
      // On a build server, Ink draws only once.
      if (process.env.CI === undefined) await until(() => /upstream +hanging/.test(stripVTControlCharacters(shown())));
      keyboard.type(' ');
      const { code, printed, events } = await outcome;
      expect(code).to.equal(1);
      expect(events).to.have.length(30);
      const [before = '', on = '', after] = shown().split(/\u001B\[\?1049[hl]/);
      expect(before + (after ?? 'never left')).to.equal('');
      expect(stripVTControlCharacters(on))
        .to.match(/in\.ndjson → \.events/)
        .and.match(/upstream +hanging/);
      expect(keyboard.isRaw).to.equal(false);
      expect(printed.slice(0, 1)).to.deep.equal(['from  in.ndjson']);
      expect(printed.join('\n'))
        .to.match(/upstream: 30 offered = 0 delivered \+ 0 failed \+ 30 dropped/)
        .and.match(/books balanced/);
    });

    it('ends by Ctrl-C, which is a key in raw mode', async () => {
      const { terminal } = fakeTerminal();
      const keyboard = fakeKeyboard();
      const outcome = run([], { terminal, keyboard });
      await until(() => keyboard.isRaw);
      keyboard.type('\u0003');
      expect((await outcome).code).to.equal(0);
    });

    it('reads no keys from an input', async () => {
      const { terminal, shown } = fakeTerminal();
      const keyboard = fakeKeyboard();
      keyboard.end(lines([{ type: 'a' }]));
      const { code, printed } = await run(['-', '--paused'], { terminal, keyboard, stdin: keyboard });
      expect(code).to.equal(0);
      expect(keyboard.wasRaw).to.equal(false);
      expect(stripVTControlCharacters(shown())).to.include('no other keys');
      expect(printed).to.include('Not paused: there are no keys to go on with.');
    });

    it('reads keys from the terminal while the input is a pipe', async () => {
      const { terminal } = fakeTerminal();
      const keyboard = fakeKeyboard();
      const stdin = new PassThrough();
      const outcome = run(['-'], { terminal, keyboard, stdin });
      await until(() => keyboard.isRaw);
      keyboard.type('q');
      const { code, printed } = await outcome;
      expect(code).to.equal(0);
      expect(printed).to.include('  books balanced');
      expect([keyboard.isRaw, keyboard.destroyed]).to.deep.equal([false, true]);
    });

    it('shows the data of the event under the cursor, which stays while others arrive, and a legend', async function () {
      // On a build server nothing is drawn again.
      if (process.env.CI !== undefined) this.skip();
      const { terminal, shown } = fakeTerminal();
      const keyboard = fakeKeyboard();
      const stdin = new PassThrough();
      const outcome = run(['-'], { terminal, keyboard, stdin });
      const sees = (pattern: RegExp): Promise<unknown> => until(() => pattern.test(stripVTControlCharacters(shown())));
      await until(() => keyboard.isRaw);
      stdin.write(lines([{ type: 'first' }, { type: 'second' }]));
      await sees(/second[^]*first/);
      keyboard.type(']]');
      await sees(/{"type":"first"}/);
      stdin.write(lines([{ type: 'third' }]));
      await sees(/ 3 received = /);
      keyboard.type('[');
      await sees(/{"type":"second"}/);
      expect(shown()).to.not.include('{"type":"third"}');
      keyboard.type('?');
      await sees(/whether both sides of an equation are equal/);
      keyboard.type('q');
      expect((await outcome).code).to.equal(0);
    });

    it('prints plain lines with --plain', async () => {
      const { terminal, shown } = fakeTerminal();
      const { printed } = await run([await file('in.ndjson', lines([{ type: 'a' }])), '--plain'], { terminal });
      expect(shown()).to.equal('');
      expect(printed[0]).to.equal('from  in.ndjson');
    });
  });

  describe('fileChanges', () => {
    it('reports files that appear, change and disappear, also in new folders, except its own', async () => {
      const seen: FileChange[] = [];
      const subscription = fileChanges(folder, (path) => path.endsWith('own.txt')).subscribe((change) => seen.push(change));
      const has = (path: string, change: string) => () => seen.some((one) => one.path === path && one.change === change);
      await mkdir(join(folder, 'deep'));
      await until(async () => {
        await writeFile(join(folder, 'deep', 'a.txt'), '');
        return has(join('deep', 'a.txt'), 'changed')();
      });
      await writeFile(join(folder, 'own.txt'), '');
      await writeFile(join(folder, 'b.txt'), '');
      await until(has('b.txt', 'appeared'));
      await rm(join(folder, 'b.txt'));
      await until(has('b.txt', 'disappeared'));
      expect(seen.map(({ path }) => path)).not.to.include('own.txt');
      subscription.unsubscribe();
    });
  });

  describe('options', () => {
    it('are those of the command line', () => {
      expect(parseOptions([])).to.include({ input: undefined, sample: 1, rate: undefined, help: false });
      expect(
        parseOptions(['-', '--rate', '5', '--sample=0.5', '--seconds', '2', '--out', 'x', '--type-field', 'a.b', '--help']),
      ).to.deep.equal({
        input: '-',
        typeField: 'a.b',
        timeField: undefined,
        idField: undefined,
        rate: 5,
        sample: 0.5,
        store: join('.events', 'events.db'),
        to: [],
        spool: undefined,
        isStoreAsked: false,
        seconds: 2,
        out: 'x',
        queue: 10_000,
        faults: {},
        overflow: 'drop_lowest_priority',
        paused: false,
        grace: 10,
        plain: false,
        web: true,
        json: false,
        help: true,
      });
    });

    for (const argv of [
      ['a', 'b'],
      ['--unknown'],
      ['--rate'],
      ['--rate', 'x'],
      ['--rate', '0'],
      ['--sample', '2'],
      ['--seconds='],
      ['--seconds', '1e9'],
      ['--queue', '0'],
      ['--fault', 'ill'],
      ['--fault', 'upstream='],
      ['--overflow', 'never'],
      ['--grace', '-1'],
    ]) {
      it(`are invalid: ${argv.join(' ')}`, async () => {
        expect(() => parseOptions(argv)).to.throw(UsageError);
        const { code, printed } = await run(argv);
        expect(code).to.equal(2);
        // Only the error, without the help.
        expect(printed.join('\n'))
          .to.match(/npm start -- --help/)
          .and.not.match(/npm start -- FILE/);
      });
    }

    it('are explained by --help', async () => {
      const { code, printed } = await run(['--help']);
      expect(code).to.equal(0);
      const lines = printed.join('\n').split('\n');
      expect(lines.some((line) => line.includes('npm start -- FILE'))).to.equal(true);
      expect(lines.filter((line) => line.length > 80)).to.deep.equal([]);
    });
  });

  describe('recordReader', () => {
    it('reads a dotted name literally first, then as a path', () => {
      const read = recordReader({ typeField: 'a.b', timeField: 'at.0', idField: 'ids.main' });
      expect(read({ 'a.b': 'literal', a: { b: 'path' }, at: [5], ids: { main: 7 } })).to.include({
        type: 'literal',
        timestamp: 5_000,
        id: '7',
      });
      expect(read({ a: { b: 'path' }, at: {}, ids: 'none' })).to.include({ type: 'path', timestamp: undefined, id: undefined });
    });

    it('guesses fields that are not named, and skips unsuitable ones', () => {
      const read = recordReader();
      expect(read({ event: { nested: true }, action_name: 'on_search', timestamp: 1_717_527_762_025, event_id: 'x' })).to.include({
        type: 'on_search',
        timestamp: 1_717_527_762_025,
        id: 'x',
      });
      expect(read({ event: 'login', time: 'yesterday', ts: '1700000000' })).to.include({ type: 'login', timestamp: 1_700_000_000_000 });
      expect(read({ name: 'n', created_at: '2021-07-21T06:00:00Z' })).to.include({ type: 'n', timestamp: Date.UTC(2021, 6, 21, 6) });
    });

    it('uses the type `record` by default, and leaves time and id to the collector', () => {
      expect(recordReader()({ any: 1 })).to.deep.equal({
        type: 'record',
        id: undefined,
        timestamp: undefined,
        category: 'custom',
        data: { any: 1 },
      });
      expect(recordReader({ typeField: 'kind' })({ type: 'not asked for' })).to.include({ type: 'record' });
    });

    it('ignores values that are not objects', () => {
      for (const value of [null, 1, 'text', true, [1]]) expect(recordReader()(value)).to.equal(undefined);
    });

    it('reads own fields only', () => {
      const record = JSON.parse('{"__proto__":{"type":"inherited"}}') as unknown;
      expect(recordReader()(record)).to.include({ type: 'record' });
      expect(recordReader({ typeField: 'constructor.name' })({})).to.include({ type: 'record' });
    });

    it('keeps a built-in type out of the policy for it', () => {
      expect(recordReader()({ type: 'response_latency' })).to.include({ category: 'custom' });
    });
  });

  describe('toEpochMs', () => {
    for (const value of [
      1_626_847_200,
      1_626_847_200_000,
      1_626_847_200_000_000,
      '1626847200',
      ' 1626847200.0 ',
      '2021-07-21T06:00:00Z',
      '2021-07-21T08:00:00+02:00',
    ]) {
      it(`reads ${JSON.stringify(value)}`, () => {
        expect(toEpochMs(value)).to.equal(Date.UTC(2021, 6, 21, 6));
      });
    }

    it('reads nanoseconds, fractions of seconds, and times before 1970', () => {
      expect(toEpochMs(1_626_847_200_123_456_789)).to.equal(1_626_847_200_123);
      expect(toEpochMs(1_626_847_200.123)).to.equal(1_626_847_200_123);
      expect(toEpochMs(-1)).to.equal(-1_000);
    });

    for (const value of ['', 'soon', 'call 1234', '2021-99-99', NaN, Infinity, 1e300, '1e400', null, {}, [], true]) {
      it(`reads nothing from ${typeof value === 'number' ? String(value) : JSON.stringify(value)}`, () => {
        expect(toEpochMs(value)).to.equal(undefined);
      });
    }
  });

  describe('pace', () => {
    const startsOf = (work: Observable<unknown>, scheduler: TestScheduler): number[] => {
      const starts: number[] = [];
      work.subscribe(() => starts.push(scheduler.now()));
      return starts;
    };

    it('starts at most this many per second', () => {
      const scheduler = new TestScheduler(() => undefined);
      scheduler.run(({ flush }) => {
        const paced = pace(4);
        const starts = startsOf(range(0, 5).pipe(concatMap((index) => paced(() => of(index)))), scheduler);
        flush();
        expect(starts).to.deep.equal([0, 250, 500, 750, 1000]);
      });
    });

    it('does not follow a pause by a burst', () => {
      const scheduler = new TestScheduler(() => undefined);
      scheduler.run(({ flush, cold }) => {
        const paced = pace(10);
        const starts = startsOf(cold('a 9999ms (bcdef|)').pipe(concatMap((value) => paced(() => of(value)))), scheduler);
        flush();
        expect(starts).to.deep.equal([0, 10_000, 10_000, 10_100, 10_200, 10_300]);
      });
    });
  });

  describe('ledgerLines', () => {
    it('finds a ledger that does not balance', () => {
      const collector = new EventCollector({ sinks: [] });
      collector.collect({ type: 'a' });
      const stats = collector.stats();
      expect(ledgerLines(stats).at(-1)).to.equal('  books balanced');
      expect(ledgerLines({ ...stats, eventsReceived: 2 }).at(-1)).to.equal('  BOOKS NOT BALANCED');
    });
  });
});

/** A terminal of 80 × 24, and its contents. */
function fakeTerminal(): { readonly terminal: WriteStream; readonly shown: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { terminal: Object.assign(stream, { columns: 80, rows: 24, isTTY: true }) as unknown as WriteStream, shown: () => text };
}

type FakeKeyboard = ReadStream & { readonly wasRaw: boolean; type(text: string): void };

function fakeKeyboard(): FakeKeyboard {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    wasRaw: false,
    setRawMode(isRaw: boolean) {
      stream.isRaw = isRaw;
      stream.wasRaw ||= isRaw;
    },
    ref: () => undefined,
    unref: () => undefined,
    type: (text: string) => stream.write(text),
  });
  return stream as unknown as FakeKeyboard;
}

function lines(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

async function eventsIn(path: string): Promise<AnalyticsEvent[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as AnalyticsEvent);
}

/** The output of a child until it and its own children have ended; `onEvents` is called when it has received events. */
async function toTheEnd(child: ChildProcessByStdio<null, Readable, null>, onEvents: () => void): Promise<string> {
  let printed = '';
  let hasEvents = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (hasEvents || !/ [1-9]\d* received, /.test(printed)) return;
    hasEvents = true;
    onEvents();
  });
  await once(child, 'close');
  return printed;
}

/** The files that the runs in a folder have written. */
async function written(folder: string): Promise<AnalyticsEvent[]> {
  const names = (await readdir(join(folder, '.events')).catch(() => [])).filter((name) => name.endsWith('.ndjson'));
  return (await Promise.all(names.sort().map((name) => eventsIn(join(folder, '.events', name))))).flat();
}
