import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import { withSampling } from '../../lib/features/with-sampling.js';
import { withValidation } from '../../lib/features/with-validation.js';
import { sampling } from '../../lib/index.js';
import { expectBalanced } from '../support/books.js';

describe('withSampling', () => {
  it('samples with weights; high and critical events are exempt', () => {
    const draws = [0.1, 0.9];
    const collector = createCollector({ random: () => draws.shift() ?? 0 }, withSampling(sampling.rate(0.25)));
    const weights: number[] = [];
    collector.events$.subscribe(({ weight }) => weights.push(weight));
    const outcomes = [collector.track('a'), collector.track('a'), collector.collect({ type: 'a', priority: 'high' })];
    expect(outcomes).to.deep.equal(['accepted', 'sampled', 'accepted']);
    expect(weights).to.deep.equal([4, 1]);
    expect(expectBalanced(collector)).to.include({ eventsSampledOut: 1 });
  });

  it('runs after validation, regardless of its position in the call', () => {
    const none = withSampling(sampling.rate(0));
    const invalid = withValidation(() => 'wrong');
    for (const features of [
      [none, invalid],
      [invalid, none],
    ])
      expect(createCollector({}, ...features).track('a')).to.equal('invalid');
  });

  it('drops the event if the strategy throws', () => {
    const broken = {
      start: () => () => {
        throw new Error('no');
      },
    };
    const collector = createCollector({}, withSampling(broken));
    expect(collector.track('a')).to.equal('dropped');
    expect(expectBalanced(collector).dropped.sampler_error).to.equal(1);
  });

  it('throws for an invalid strategy', () => {
    expect(() => withSampling({} as never)).to.throw(TypeError, 'Expected `strategy` to be a sampling strategy');
  });
});
