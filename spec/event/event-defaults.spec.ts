import { expect } from 'chai';
import { eventDefaults } from '../../lib/event/event-defaults.js';

describe('eventDefaults', () => {
  it('finds the defaults of a type of any name', () => {
    const byType = JSON.parse('{ "__proto__": { "category": "usage" }, "checkout": { "priority": "high" } }') as Record<string, object>;
    const defaults = eventDefaults(byType);
    expect([...(defaults?.keys() ?? [])]).to.deep.equal(['__proto__', 'checkout']);
    expect(defaults?.get('constructor')).to.equal(undefined);
  });

  it('returns undefined without defaults', () => {
    expect([eventDefaults(), eventDefaults({})]).to.deep.equal([undefined, undefined]);
  });

  it('requires valid categories and priorities', () => {
    expect(() => eventDefaults({ a: { category: 'sport' as never } })).to.throw(
      TypeError,
      /^Expected `eventDefaults.a.category` to be one of/,
    );
    expect(() => eventDefaults({ a: { priority: 'urgent' as never } })).to.throw(
      TypeError,
      /^Expected `eventDefaults.a.priority` to be one of/,
    );
  });
});
