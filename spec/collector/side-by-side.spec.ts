import { expect } from 'chai';
import fc from 'fast-check';
import { throwError } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';

describe('two collectors side by side', () => {
  it('share nothing: neither events, configuration, metadata, sessions, books nor ends', async () => {
    const [one, two] = [new MemorySink(), new MemorySink()];
    const first = new EventCollector({ sinks: [one], metadata: { name: 'first' } });
    const second = new EventCollector({
      sinks: [two, { name: 'broken', process: () => throwError(() => new SinkError('rejected', 'no')) }],
    });
    first.updateConfig({ privacyLevel: 'minimal' });
    first.setMetadata({ region: 'eu' });
    expect([first.track('feature_used'), second.track('feature_used')]).to.deep.equal(['filtered', 'accepted']);
    first.track('error_occurred');
    await first.shutdown();
    second.track('error_occurred');
    await second.flush();
    expect(one.events.map(({ type, metadata }) => [type, metadata['name'], metadata['region']])).to.deep.equal([
      ['error_occurred', 'first', 'eu'],
    ]);
    expect(two.events.map(({ type, metadata }) => [type, metadata['region']])).to.deep.equal([
      ['feature_used', undefined],
      ['error_occurred', undefined],
    ]);
    expect(first.sessionId).to.not.equal(second.sessionId);
    expect(expectBalanced(first)).to.include({ eventsReceived: 2, flushErrors: 0 });
    expect(expectBalanced(second)).to.include({ eventsReceived: 2, eventsClosed: 0 });
    await second.shutdown();
  });

  it('keep their events apart in any order of calls', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (calls) => {
        const sinks = [new MemorySink(), new MemorySink()] as const;
        const collectors = sinks.map((sink) => new EventCollector({ sinks: [sink], config: { batch: { maxCount: 1 } } }));
        calls.forEach((isSecond, turn) => collectors[Number(isSecond)]?.track('feature_used', turn));
        for (const isSecond of [false, true]) {
          const expected = calls.flatMap((whose, turn) => (whose === isSecond ? [turn] : []));
          expect(sinks[Number(isSecond) as 0 | 1].events.map(({ data }) => data)).to.deep.equal(expected);
        }
        collectors.forEach((collector) => expectBalanced(collector));
      }),
    );
  });
});
