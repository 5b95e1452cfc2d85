import { expect } from 'chai';
import { resolveConfig } from 'rx-event-collector';
import { UsageError } from '../../../examples/live/options.js';
import { changed, configOf, initialSettings, type Change, type Settings } from '../../../examples/live/settings.js';

const SINKS = ['ndjson', 'upstream'];
const START = initialSettings({ faults: {}, sample: 1, queue: 10_000, paused: false }, SINKS);
const after = (...changes: readonly Change[]): Settings => changes.reduce(changed, START);

describe('examples/live settings', () => {
  it('start with the values of the flags', () => {
    const flags = { faults: { ndjson: 'slow' }, sample: 0.3, queue: 50, paused: true } as const;
    expect(initialSettings(flags, SINKS)).to.deep.equal({
      healths: { ndjson: 'slow', upstream: 'ok' },
      selected: 'upstream',
      sample: 0.3,
      maxEvents: 50,
      isPaused: true,
    });
  });

  it("ignore a sink that doesn't exist", () => {
    expect(() => initialSettings({ faults: { kafka: 'slow' }, sample: 1, queue: 1, paused: false }, SINKS)).to.throw(
      UsageError,
      "Expected --fault to name one of ndjson, upstream, got 'kafka'",
    );
  });

  it('change the fault of the selected sink only', () => {
    expect(after({ type: 'health', health: 'failing' }).healths).to.deep.equal({ ndjson: 'ok', upstream: 'failing' });
    expect(after({ type: 'select', by: -1 }, { type: 'health', health: 'slow' }).healths).to.deep.equal({ ndjson: 'slow', upstream: 'ok' });
  });

  it('select sinks cyclically', () => {
    expect(after({ type: 'select', by: 1 }).selected).to.equal('ndjson');
    expect(after({ type: 'select', by: 1 }, { type: 'select', by: 1 }).selected).to.equal('upstream');
  });

  it('change by steps, also from values in between, and stop at both ends', () => {
    expect(after({ type: 'queue', by: -1 }).maxEvents).to.equal(3_000);
    expect(changed({ ...START, maxEvents: 50 }, { type: 'queue', by: 1 }).maxEvents).to.equal(100);
    expect(changed({ ...START, maxEvents: 1 }, { type: 'queue', by: -1 }).maxEvents).to.equal(1);
    expect(after({ type: 'sample', by: 1 }).sample).to.equal(1);
    expect(after({ type: 'sample', by: -1 }).sample).to.equal(0.75);
  });

  it('pause and continue', () => {
    expect(after({ type: 'pause' }).isPaused).to.equal(true);
    expect(after({ type: 'pause' }, { type: 'pause' }).isPaused).to.equal(false);
  });

  it('change the queue and the sampling of performance, too', () => {
    const config = resolveConfig(configOf({ ...START, sample: 0.25, maxEvents: 30 }));
    expect([config.sampling.rate, config.categories.performance?.sampling.rate, config.queue.maxEvents]).to.deep.equal([0.25, 0.25, 30]);
  });
});
