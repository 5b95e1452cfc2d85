import { expect } from 'chai';
import { Admission } from '../../lib/collector/admission.js';
import { EventProcessor } from '../../lib/collector/event-processor.js';
import { Publisher } from '../../lib/collector/publisher.js';
import { Recorder } from '../../lib/collector/recorder.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { Trampoline } from '../../lib/internal/trampoline.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';
import { expectBalancedStats } from '../support/books.js';

/** The entry of a collector without sinks, and the types that it published. */
function setUp() {
  const recorder = new Recorder();
  const trampoline = new Trampoline((error) => {
    throw error;
  });
  trampoline.onEnd = () => {
    expectBalancedStats(recorder.ledger.snapshot({}));
  };
  const scheduler = { now: () => 0, schedule: () => expect.fail('no timer is needed') };
  const processor = new EventProcessor<AnalyticsEvent>({
    scheduler,
    random: () => 0,
    newId: () => sequentialIds(),
    sessionId: () => 'session',
  });
  const publisher = new Publisher<AnalyticsEvent>(recorder);
  const admission = new Admission<AnalyticsEvent>(recorder, trampoline, processor, publisher);
  const published: string[] = [];
  publisher.events.subscribe(({ type }) => published.push(type));
  return { recorder, processor, publisher, admission, published };
}

describe('Admission', () => {
  it('publishes an accepted event before it returns', async () => {
    const { admission, published } = setUp();
    expect([admission.collect({ type: 'a' }), admission.collect(null)]).to.deep.equal(['accepted', 'invalid']);
    expect(await admission.collectAsync({ type: 'b' })).to.equal('accepted');
    expect(published).to.deep.equal(['a', 'b']);
  });

  it('returns the reason of the step that rejects', () => {
    const { admission, processor } = setUp();
    processor.addStep('sample', ({ reject }) => (event) => {
      reject(event, 'sampled');
      return undefined;
    });
    expect(admission.collect({ type: 'a' })).to.equal('sampled');
  });

  it('refuses everything once closed, even an event whose own step closes it', () => {
    const { admission, processor } = setUp();
    processor.addStep('enrich', () => (event) => {
      admission.isClosed = true;
      return event;
    });
    expect([admission.collect({ type: 'a' }), admission.collect({ type: 'b' })]).to.deep.equal(['closed', 'closed']);
  });

  it('publishes events that a subscriber collects after the current one, in order', () => {
    const { admission, publisher, published } = setUp();
    publisher.events.subscribe(({ type }) => {
      if (type === 'a') for (const next of ['b', 'c']) expect(admission.collect({ type: next })).to.equal('accepted');
    });
    admission.collect({ type: 'a' });
    expect(published).to.deep.equal(['a', 'b', 'c']);
  });

  it('bounds chains of subscribers, and the nesting of steps', () => {
    const chained = setUp();
    chained.publisher.events.subscribe(() => chained.admission.collect({ type: 'again' }));
    chained.admission.collect({ type: 'a' });
    expect(chained.recorder.ledger.dropped.reentrancy).to.equal(1);
    expect(chained.published).to.have.length(10_000);
    const nested = setUp();
    nested.processor.addStep('enrich', () => (event) => {
      nested.admission.collect({ type: 'inner' });
      return event;
    });
    expect(nested.admission.collect({ type: 'a' })).to.equal('accepted');
    expect(nested.recorder.ledger.dropped.reentrancy).to.equal(1);
  });

  it('refuses while there is no capacity; collectAsync waits', async () => {
    const { admission, recorder } = setUp();
    let hasCapacity = false;
    admission.capacity = {
      hasCapacity: () => hasCapacity,
      wait: () => Promise.resolve('closed'),
      reserve: () => undefined,
      admitWaiting: () => undefined,
      dismiss: () => undefined,
    };
    expect(admission.collect({ type: 'a' })).to.equal('dropped');
    expect(await admission.collectAsync({ type: 'a' })).to.equal('closed');
    hasCapacity = true;
    expect(admission.collect({ type: 'a' })).to.equal('accepted');
    expect(recorder.ledger.dropped.backpressure).to.equal(1);
  });

  it('records a held event through `consent`, and filters an event if a step causes a denial of consent', () => {
    const { admission, processor } = setUp();
    let isDenied = false;
    admission.consent = {
      state: 'granted',
      onChange: undefined,
      get isDenied() {
        return isDenied;
      },
      offer: ({ type }: AnalyticsEvent) => (type === 'held' ? 'held' : undefined),
      recordHeld: () => 'dropped',
      dropAccepted: () => undefined,
      trim: () => undefined,
      close: () => 0,
    };
    expect([admission.collect({ type: 'held' }), admission.collect({ type: 'a' })]).to.deep.equal(['dropped', 'accepted']);
    processor.addStep('enrich', () => (event) => {
      isDenied = true;
      return event;
    });
    expect(admission.collect({ type: 'a' })).to.equal('filtered');
  });
});
