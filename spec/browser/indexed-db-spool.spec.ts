import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { EventCollector, MemorySink } from '../../lib/index.js';
import { indexedDbSpool } from '../../lib/browser/index.js';
import { expectBalanced } from '../support/books.js';

describe('indexedDbSpool', () => {
  it('works from memory without IndexedDB, and reports it once', async () => {
    const sink = new MemorySink({ name: 'a' });
    const collector = new EventCollector({ sinks: [sink], lane: { spool: indexedDbSpool({ name: 'events' }) } });
    const codes: string[] = [];
    collector.diagnostics$.subscribe((diagnostic) => {
      if (diagnostic.type === 'sink_error') codes.push(diagnostic.error.code);
    });
    collector.track('counted', { n: 1 });
    await collector.flush();
    collector.track('counted', { n: 2 });
    await collector.shutdown();
    expect(sink.events.map(({ data }) => data)).to.deep.equal([{ n: 1 }, { n: 2 }]);
    expect(codes).to.deep.equal(['SPOOL_UNAVAILABLE']);
    expectBalanced(collector);
  });

  it('drops events at shutdown that are in memory only', async () => {
    const collector = new EventCollector({
      sinks: [{ name: 'a', process: () => NEVER }],
      lane: { spool: indexedDbSpool({ name: 'events' }) },
    });
    collector.track('counted', { n: 1 });
    const { sinks } = await collector.shutdown({ timeoutMs: 0 });
    expect(sinks.a).to.include({ dropped: 1 }).and.not.to.have.property('kept');
  });

  it('refuses invalid options', () => {
    expect(() => indexedDbSpool({ name: '' })).to.throw(TypeError, 'Expected `name` to be a non-empty string');
    expect(() => indexedDbSpool({ name: 'a', durability: 'disk' as never })).to.throw(TypeError, "one of 'relaxed', 'strict'");
    expect(() => indexedDbSpool({ name: 'a', maxBytes: 0 })).to.throw(TypeError, 'Expected `maxBytes` to be an integer ≥ 1');
    expect(() => indexedDbSpool({ name: 'a', maxEvents: 0 })).to.throw(TypeError, 'Expected `maxEvents` to be an integer ≥ 1');
    expect(() => indexedDbSpool({ name: 'a', maxAgeMs: -1 })).to.throw(TypeError, 'Expected `maxAgeMs` to be an integer ≥ 0');
    expect(() => indexedDbSpool({ name: 'a', scheduler: {} as never })).to.throw(TypeError, 'Expected `scheduler` to be');
    expect(() => indexedDbSpool({ nam: 'a' } as never)).to.throw(TypeError, 'Did you mean `name`?');
  });
});
