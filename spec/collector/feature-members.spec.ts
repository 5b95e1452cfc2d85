import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { createCollector, MemorySink, withStats, type CollectorFeature } from '../../lib/index.js';

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

  it('a member does not replace a member of the collector', () => {
    expect(() => createCollector({ sinks: [] }, () => ({ collect: () => 'mine' }))).to.throw(/collect/);
  });

  it('two features do not share a member name', () => {
    const one: CollectorFeature<{ x: number }> = () => ({ x: 1 });
    expect(() => createCollector({ sinks: [] }, one, one)).to.throw();
  });

  it('are methods and streams as they are, and accessors for values', () => {
    const members = { collectTwice: () => 2, changes$: NEVER, size: 1 };
    const collector = createCollector({ sinks: [] }, () => members);
    members.size = 5;
    expect(collector.size).to.equal(5);
    collector.size = 6;
    expect(members.size).to.equal(6);
    const descriptor = (name: string) => Object.getOwnPropertyDescriptor(collector, name);
    expect(descriptor('collectTwice')).to.deep.equal({ value: members.collectTwice, writable: true, enumerable: true, configurable: true });
    expect(descriptor('changes$')).to.include({ value: NEVER, writable: true });
    expect(descriptor('size')).to.include({ enumerable: true, configurable: true }).and.to.have.property('get');
  });

  it('are those of a plain object', () => {
    expect(() => createCollector({ sinks: [] }, () => new Map() as never)).to.throw(
      TypeError,
      /^Expected features\[0\] to return a plain object or nothing, got (?!.*parentheses)/,
    );
    expect(() => createCollector({ sinks: [] }, withStats as never)).to.throw(
      TypeError,
      'Are the parentheses missing, as in `withStats()`?',
    );
    expect(() => createCollector({ sinks: [] }, () => Object.assign(Object.create(null) as object, { x: 1 }))).not.to.throw();
    expect(() => createCollector({ sinks: [] }, () => undefined)).not.to.throw();
  });

  it('are defined by functions', () => {
    expect(() => createCollector({ sinks: [] }, 1 as never)).to.throw(
      TypeError,
      'Expected `features[0]` to be a function, got `1` (number)',
    );
  });
});
