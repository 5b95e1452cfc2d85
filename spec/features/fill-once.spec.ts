import { expect } from 'chai';
import { NEVER } from 'rxjs';
import type { CollectorFeature } from '../../lib/collector/collector-context.js';
import { createCollector } from '../../lib/collector/collector.js';
import {
  byPriority,
  sampling,
  withBreaker,
  withByteLimit,
  withConsent,
  withDeadLetters,
  withDiagnostics,
  withEnrichers,
  withEventDefaults,
  withMetadata,
  withOverflow,
  withPolicy,
  withRedaction,
  withRuntimeSinks,
  withSampling,
  withStages,
  withStats,
  withValidation,
} from '../../lib/index.js';

const ONCE: Readonly<Record<string, () => CollectorFeature>> = {
  withBreaker: () => withBreaker(),
  withByteLimit: () => withByteLimit(),
  withConsent: () => withConsent(NEVER),
  withDiagnostics: () => withDiagnostics(),
  withEventDefaults: () => withEventDefaults({ a: { priority: 'high' } }),
  withMetadata: () => withMetadata(),
  withOverflow: () => withOverflow(byPriority()),
  withPolicy: () => withPolicy(),
  withSampling: () => withSampling(sampling.everything()),
  withStages: () => withStages((source) => source),
  withStats: () => withStats(),
};

/** Steps of one place add up, and members without state may be added again. */
const OFTEN: Readonly<Record<string, () => CollectorFeature>> = {
  withEnrichers: () => withEnrichers((event) => event),
  withRedaction: () => withRedaction([]),
  withValidation: () => withValidation(() => undefined),
};

describe('A feature that is passed twice', () => {
  for (const [name, feature] of Object.entries(ONCE)) {
    it(`throws for ${name}, naming it`, () => {
      expect(() => createCollector({}, feature(), feature())).to.throw(Error, `The feature \`${name}\` was passed twice to one collector`);
      expect(() => createCollector({}, feature())).to.not.throw();
    });
  }

  for (const [name, feature] of Object.entries(OFTEN)) {
    it(`is fine for ${name}`, () => {
      expect(createCollector({}, feature(), feature()).track('a')).to.equal('accepted');
    });
  }

  it('throws where its members exist already', () => {
    for (const feature of [withRuntimeSinks, withDeadLetters])
      expect(() => createCollector({}, feature(), feature())).to.throw(TypeError, /^features\[1\] adds `\w+\$?`, which exists already$/);
  });

  it('may be used for several collectors', () => {
    const feature = withPolicy({ privacyLevel: 'minimal' });
    const [one, two] = [createCollector({}, feature), createCollector({}, feature)];
    one.updateConfig({ privacyLevel: 'full' });
    expect([one.track('feature_used'), two.track('feature_used')]).to.deep.equal(['accepted', 'filtered']);
  });
});
