import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';

const first = createBatch(['a', 'b'], 1);
const second = createBatch(['c'], 2);

describeSinkContract('MemorySink', {
  create: () => new MemorySink(),
  received: ({ events }) => events.map(({ id }) => id),
});

describe('MemorySink', () => {
  it('is named `memory`, or by the option', () => {
    expect(new MemorySink().name).to.equal('memory');
    expect(new MemorySink({ name: 'audit' }).name).to.equal('audit');
  });

  it('throws for invalid and unknown options', () => {
    expect(() => new MemorySink('x' as never)).to.throw(TypeError, 'Did you mean `{ name: … }`?');
    expect(() => new MemorySink({ name: '' })).to.throw(TypeError, 'Expected `name` to be a non-empty string');
    expect(() => new MemorySink({ nmae: 'x' } as object)).to.throw(TypeError, 'Unknown option `nmae`. Did you mean `name`?');
  });

  it('keeps the batches in order of arrival, oldest first', () => {
    const sink = new MemorySink<string>();
    sink.process(first);
    sink.process(second);
    const batches = sink.getEvents();
    expect(batches).to.have.length(2);
    expect(batches[0]).to.equal(first);
    expect(batches[1]).to.equal(second);
  });

  it('returns the events of all batches, in order', () => {
    const sink = new MemorySink<string>();
    sink.process(first);
    sink.process(second);
    expect(sink.events).to.deep.equal(['a', 'b', 'c']);
  });

  it('forgets everything when it is cleared', () => {
    const sink = new MemorySink<string>();
    sink.process(first);
    sink.clear();
    expect(sink.getEvents()).to.deep.equal([]);
    expect(sink.events).to.deep.equal([]);
    sink.process(second);
    expect(sink.events).to.deep.equal(['c']);
  });

  it('returns copies', () => {
    const sink = new MemorySink<string>();
    sink.process(first);
    sink.getEvents().length = 0;
    sink.events.length = 0;
    expect(sink.getEvents()).to.deep.equal([first]);
    expect(sink.events).to.deep.equal(['a', 'b']);
  });

  it('returns synchronously', () => {
    expect(new MemorySink<string>().process(first)).to.equal(undefined);
  });
});
