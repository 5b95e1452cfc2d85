import { formatWithOptions } from 'node:util';
import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import { createEvent } from '../../lib/event/create-event.js';
import { ConsoleSink } from '../../lib/sinks/console-sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';

const silent = (): void => undefined;

const batch = createBatch([createEvent({ type: 'feature_used', data: { feature: 'search' } }), createEvent({ type: 'session_ended' })], 1);

/** What is logged while `work` runs, by `console.log`. */
function logged(work: () => void): readonly string[] {
  const { log } = console;
  const lines: string[] = [];
  console.log = (...line: unknown[]) => lines.push(formatWithOptions({ breakLength: Infinity }, ...line));
  try {
    work();
  } finally {
    console.log = log;
  }
  return lines;
}

describeSinkContract('ConsoleSink', { create: () => new ConsoleSink('contract', { log: silent }) });

describe('ConsoleSink', () => {
  it('is called console', () => {
    expect(new ConsoleSink('app', { log: silent }).name).to.equal('console');
  });

  it('logs a line for each event: prefix, type and data', () => {
    const lines: unknown[] = [];
    const sink = new ConsoleSink('app', { log: (line, data) => lines.push([line, data]) });
    sink.process(batch);
    expect(lines).to.deep.equal([
      ['[app] feature_used:', { feature: 'search' }],
      ['[app] session_ended:', undefined],
    ]);
  });

  it('hands the data over as it is, for the console to show in its own way', () => {
    const data: unknown[] = [];
    const sink = new ConsoleSink('app', { log: (_line, each) => data.push(each) });
    sink.process(batch);
    expect(data[0]).to.equal(batch.events[0]!.data);
  });

  it('writes `event` before each line without a prefix', () => {
    expect(logged(() => { new ConsoleSink().process(batch); })[0]).to.equal("[event] feature_used: { feature: 'search' }"); // prettier-ignore
  });

  it('never uses a type as a format string', () => {
    const forged = createBatch([createEvent({ type: '%s %o %c', data: 'secret' })], 1);
    expect(logged(() => { new ConsoleSink('%d').process(forged); })).to.deep.equal(['[%d] %s %o %c: secret']); // prettier-ignore
  });

  it('escapes characters that forge lines or control the terminal, in types, prefixes and text', () => {
    const forged = createBatch([createEvent({ type: 'a\n[app] b\u001b[31m\u202e\u009b\r', data: 'c\n\u0007' })], 1);
    expect(
      logged(() => {
        new ConsoleSink('p\t').process(forged);
      }),
    ).to.deep.equal([
      // prettier-ignore
      String.raw`[p\u0009] a\u000a[app] b\u001b[31m\u202e\u009b\u000d: c\u000a\u0007`,
    ]);
    const lines: string[] = [];
    new ConsoleSink('app', { log: (line) => lines.push(line) }).process(forged);
    expect(lines[0]).to.match(/^[^\p{Cc}]*$/u);
  });

  it('throws for invalid and unknown options', () => {
    expect(() => new ConsoleSink(5 as never)).to.throw(TypeError, 'Expected `prefix` to be a string');
    expect(() => new ConsoleSink('app', { log: 'x' as never })).to.throw(TypeError, 'Expected `log` to be a function');
    expect(() => new ConsoleSink('app', { nam: 'x' } as object)).to.throw(TypeError, 'Unknown option `nam`. Did you mean `name`?');
  });

  it('uses the current console at each write', () => {
    const sink = new ConsoleSink('app');
    expect(logged(() => { sink.process(batch); })).to.have.length(2); // prettier-ignore
  });
});
