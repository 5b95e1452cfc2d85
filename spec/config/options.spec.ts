import { expect } from 'chai';
import { categoryDefaults, DEFAULTS } from '../../lib/config/options.js';

describe('DEFAULTS', () => {
  it('is the configuration of an unconfigured collector', () => {
    expect(DEFAULTS).to.deep.equal({
      enabled: true,
      privacyLevel: 'balanced',
      batch: { maxCount: 100, maxBytes: Infinity, maxAgeMs: 30_000 },
      queue: { maxEvents: 10_000 },
      sampling: { rate: 1, minPerWindow: 1, windowMs: 60_000 },
    });
  });
});

describe('categoryDefaults', () => {
  const sampling = { rate: 0.5, minPerWindow: 2, windowMs: 3 };

  it('samples performance sparingly, from normal priority', () => {
    const expected = { enabled: true, sampling: { rate: 0.1, minPerWindow: 10, windowMs: 60_000 }, minPriority: 'normal' };
    expect(categoryDefaults('performance', sampling)).to.deep.equal(expected);
  });

  for (const category of ['error', 'security'] as const) {
    it(`keeps every event of ${category}`, () => {
      const expected = { enabled: true, sampling: { rate: 1, minPerWindow: 100, windowMs: 60_000 }, minPriority: 'low' };
      expect(categoryDefaults(category, sampling)).to.deep.equal(expected);
    });
  }

  it('samples system like the rest, from normal priority', () => {
    expect(categoryDefaults('system', sampling)).to.deep.equal({ enabled: true, sampling, minPriority: 'normal' });
  });

  for (const category of ['usage', 'business', 'custom'] as const) {
    it(`has nothing special for ${category}`, () => {
      expect(categoryDefaults(category, sampling)).to.deep.equal({ enabled: true, sampling, minPriority: 'low' });
    });
  }
});
