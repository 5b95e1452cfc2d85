import { expect } from 'chai';
import { Publisher, type HoldPlace, type StagesPlace } from '../../lib/collector/publisher.js';
import { Recorder } from '../../lib/collector/recorder.js';

function setUp() {
  const recorder = new Recorder();
  const publisher = new Publisher<string>(recorder);
  const seen: string[] = [];
  publisher.events.subscribe((event) => seen.push(event));
  return { recorder, publisher, seen };
}

const hold: HoldPlace<string> = {
  operator: (source$) => source$,
  obstacle: 'no_sink',
  size: 0,
  release: () => undefined,
  trim: () => 0,
};

const stages = (inside: string[], obstacle?: StagesPlace<string>['obstacle']): StagesPlace<string> => ({
  obstacle,
  size: 0,
  next: (event) => inside.push(event),
  drop: () => undefined,
  start: () => undefined,
  end: () => undefined,
});

describe('Publisher', () => {
  it('counts events as processed while there is no sink', () => {
    const { recorder, publisher, seen } = setUp();
    recorder.ledger.accept();
    publisher.next('a');
    publisher.hasSink = true;
    recorder.ledger.accept();
    publisher.next('b');
    expect(seen).to.deep.equal(['a', 'b']);
    expect(recorder.ledger.snapshot({})).to.include({ eventsProcessed: 1, eventsBuffered: 1 });
  });

  it('does not count held events as processed', () => {
    const { recorder, publisher, seen } = setUp();
    publisher.hold = hold;
    recorder.ledger.accept();
    publisher.next('a');
    expect(seen).to.deep.equal(['a']);
    expect(recorder.ledger.snapshot({})).to.include({ eventsProcessed: 0, eventsBuffered: 1 });
  });

  it('passes events into the stages, which emit them', () => {
    const { publisher, seen } = setUp();
    const inside: string[] = [];
    publisher.stages = stages(inside);
    publisher.next('a');
    expect([inside, seen]).to.deep.equal([['a'], []]);
    publisher.emit('a');
    expect(seen).to.deep.equal(['a']);
  });

  it('reports the obstacle of the stages before that of the hold', () => {
    const { publisher } = setUp();
    expect(publisher.obstacle).to.equal(undefined);
    publisher.hold = hold;
    expect(publisher.obstacle).to.equal('no_sink');
    publisher.stages = stages([], 'stage_error');
    expect(publisher.obstacle).to.equal('stage_error');
  });
});
