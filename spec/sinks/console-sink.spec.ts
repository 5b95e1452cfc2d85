import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import { createEvent } from '../../lib/event/create-event.js';
import { ConsoleSink } from '../../lib/sinks/console-sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';

const silent = (): void => undefined;

const batch = createBatch([createEvent({ type: 'feature_used', data: { feature: 'search' } }), createEvent({ type: 'session_ended' })], 1);

/** What is logged while `work` runs, by `console.log`. */
function logged(work: () => void): readonly unknown[][] {
  const { log } = console;
  const lines: unknown[][] = [];
  console.log = (...line: unknown[]) => lines.push(line);
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

  it('says `event` before each line when there is no prefix', () => {
    expect(logged(() => { new ConsoleSink().process(batch); })[0]).to.deep.equal(['[event] feature_used:', { feature: 'search' }]); // prettier-ignore
  });

  it('writes to the console that is there when it writes', () => {
    const sink = new ConsoleSink('app');
    expect(logged(() => { sink.process(batch); })).to.have.length(2); // prettier-ignore
  });
});
