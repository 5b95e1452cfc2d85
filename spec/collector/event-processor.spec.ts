import { expect } from 'chai';
import { EventProcessor } from '../../lib/collector/event-processor.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';

const QUARTER_MS = 900_000;

function setUp() {
  const clock = { time: 1_700_000_000_000 };
  const processor = new EventProcessor<AnalyticsEvent>({
    scheduler: { now: () => clock.time, schedule: () => expect.fail('no timer is needed') },
    random: () => 0.25,
    newId: () => sequentialIds(),
    sessionId: () => 'session',
  });
  const tag =
    (name: string) =>
    () =>
    (event: AnalyticsEvent): AnalyticsEvent => ({ ...event, data: `${typeof event.data === 'string' ? event.data : ''}${name}` });
  return { clock, processor, tag };
}

describe('EventProcessor', () => {
  it('captures an event with the time, an id and the session', () => {
    const { processor } = setUp();
    expect(processor.capture({ type: 'a' })).to.include({ type: 'a', timestamp: 1_700_000_000_000, sessionId: 'session' });
  });

  it('rejects invalid input without throwing', () => {
    const { processor } = setUp();
    for (const input of [null, 7, { type: '' }]) {
      expect(processor.capture(input)).to.equal(undefined);
      expect(processor.rejection).to.equal('invalid');
      expect(processor.error).to.be.instanceOf(TypeError);
    }
  });

  it('runs places in their fixed order, and steps of one place in the order of addition', () => {
    const { processor, tag } = setUp();
    for (const place of ['measure', 'redact', 'enrich', 'sample', 'admit', 'validate'] as const)
      for (const number of [1, 2]) processor.addStep(place, tag(` ${place}${String(number)}`));
    const captured = processor.capture({ type: 'a' });
    expect(captured?.data).to.equal(' validate1 validate2 admit1 admit2');
    expect(captured && processor.refine({ ...captured, data: '' })?.data).to.equal(
      ' sample1 sample2 enrich1 enrich2 redact1 redact2 measure1 measure2',
    );
  });

  it('stops at a step that rejects, and keeps its reason until the next event', () => {
    const { processor } = setUp();
    const calls: string[] = [];
    processor.addStep('sample', ({ reject }) => (event) => {
      if (event.type !== 'bad') return event;
      reject(event, 'sampled');
      return undefined;
    });
    processor.addStep('sample', () => (event) => (calls.push(event.type), event));
    processor.addStep('enrich', () => (event) => (calls.push(event.type), event));
    const refine = (type: string) => processor.refine({ ...(processor.capture({ type }) as AnalyticsEvent) });
    expect([refine('bad'), processor.rejection]).to.deep.equal([undefined, 'sampled']);
    refine('good');
    expect([calls, processor.rejection]).to.deep.equal([['good', 'good'], 'filtered']);
  });

  it('rejects an event whose step throws, with the exception', () => {
    const { processor } = setUp();
    const boom = new Error('boom');
    const throwing = () => (): never => {
      throw boom;
    };
    processor.addStep('redact', throwing);
    const event = processor.capture({ type: 'a' }) as AnalyticsEvent;
    expect([processor.refine(event), processor.rejection, processor.error]).to.deep.equal([undefined, 'stage_error', boom]);
    processor.addStep('admit', throwing);
    expect([processor.capture({ type: 'a' }), processor.rejection]).to.deep.equal([undefined, 'stage_error']);
  });

  it('starts steps with the clock and the randomness of the collector', () => {
    const { clock, processor } = setUp();
    let env: unknown[] = [];
    processor.addStep('admit', (stepEnv) => {
      clock.time += 5;
      env = [stepEnv.now(), stepEnv.random()];
      return (event) => event;
    });
    expect(env).to.deep.equal([1_700_000_000_005, 0.25]);
  });

  it('throws for an unknown place, and if `start` does not return a function', () => {
    const { processor } = setUp();
    expect(() => {
      processor.addStep('after' as never, () => (event) => event);
    }).to.throw(TypeError, 'Expected `place` to be one of');
    expect(() => {
      processor.addStep('admit', (() => 5) as never);
    }).to.throw(TypeError, 'Expected `start()` to be a function');
  });

  it('shares metadata between events, and rebuilds it every quarter of an hour or on request', () => {
    const { clock, processor } = setUp();
    let builds = 0;
    processor.extendMetadata = (base) => ({ ...base, build: String((builds += 1)) });
    const buildAfter = (ms: number): unknown => {
      clock.time += ms;
      return processor.capture({ type: 'a' })?.metadata['build'];
    };
    const untilQuarter = QUARTER_MS - (clock.time % QUARTER_MS);
    expect([buildAfter(0), buildAfter(untilQuarter - 1), buildAfter(1), buildAfter(-1)]).to.deep.equal(['1', '1', '2', '3']);
    processor.expireMetadata();
    expect(buildAfter(0)).to.equal('4');
    processor.isMetadataPerEvent = true;
    expect([buildAfter(0), buildAfter(0)]).to.deep.equal(['5', '6']);
  });

  it('uses the session of its place for every event', () => {
    const { processor } = setUp();
    let renewals = 0;
    processor.session = { id: 'none', renew: () => `session ${String((renewals += 1))}` };
    expect([processor.capture({ type: 'a' }), processor.capture({ type: 'a' })].map((event) => event?.sessionId)).to.deep.equal([
      'session 1',
      'session 2',
    ]);
  });
});
