import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import { withEventDefaults } from '../../lib/features/with-event-defaults.js';
import { withPolicy } from '../../lib/features/with-policy.js';
import { expectBalanced } from '../support/books.js';

const defaults = withEventDefaults({ paid: { category: 'business', priority: 'high' } });

describe('withEventDefaults', () => {
  it("sets category and priority by type; the event's own take precedence", () => {
    const collector = createCollector({}, defaults);
    const seen: unknown[] = [];
    collector.events$.subscribe(({ category, priority }) => seen.push([category, priority]));
    collector.collectBatch([{ type: 'paid' }, { type: 'paid', priority: 'low' }, { type: 'other' }]);
    expect(seen).to.deep.equal([
      ['business', 'high'],
      ['business', 'low'],
      ['custom', 'normal'],
    ]);
    expectBalanced(collector);
  });

  it('runs before policy, regardless of its position in the call', () => {
    const policy = withPolicy({ categories: { business: { enabled: false } } });
    for (const features of [
      [defaults, policy],
      [policy, defaults],
    ]) {
      expect(createCollector({}, ...features).track('paid')).to.equal('filtered');
    }
  });

  it('throws for an invalid category', () => {
    expect(() => withEventDefaults({ paid: { category: 'money' as never } })).to.throw(TypeError, 'category');
  });
});
