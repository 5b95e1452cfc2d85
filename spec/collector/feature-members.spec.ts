import { expect } from 'chai';
import { createCollector, MemorySink, type CollectorFeature } from '../../lib/index.js';

describe('The members of features', () => {
  it('the example of CollectorFeature works', () => {
    const withSwitch = (type: string): CollectorFeature<{ isOn: boolean }> => {
      return (context) => {
        const control = { isOn: true };
        context.addStep('admit', ({ reject }) => (event) => {
          if (control.isOn || event.type !== type) return event;
          reject(event, 'filtered');
          return undefined;
        });
        return control;
      };
    };
    const collector = createCollector({ sinks: [new MemorySink()] }, withSwitch('cache_hit'));
    collector.isOn = false;
    expect(collector.collect({ type: 'cache_hit' })).to.equal('filtered');
    expect(collector.collect({ type: 'cache_miss' })).to.equal('accepted');
  });

  it('a member does not replace one of the collector', () => {
    expect(() => createCollector({ sinks: [] }, () => ({ collect: () => 'mine' }))).to.throw(/collect/);
  });

  it('two features do not share a member name', () => {
    const one: CollectorFeature<{ x: number }> = () => ({ x: 1 });
    expect(() => createCollector({ sinks: [] }, one, one)).to.throw();
  });
});
