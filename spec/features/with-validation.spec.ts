import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import { withPolicy } from '../../lib/features/with-policy.js';
import { withValidation } from '../../lib/features/with-validation.js';
import { expectBalanced } from '../support/books.js';

describe('withValidation', () => {
  it('rejects what is wrong or throws as invalid; every one must agree', () => {
    const collector = createCollector(
      {},
      withValidation(({ data }) => (data === 1 ? 'is 1' : undefined)),
      withValidation(({ data }) => {
        if (data === 2) throw new Error('is 2');
        return undefined;
      }),
    );
    expect([1, 2, 3].map((data) => collector.track('a', data))).to.deep.equal(['invalid', 'invalid', 'accepted']);
    expect(expectBalanced(collector)).to.include({ eventsInvalid: 2, eventsProcessed: 1 });
  });

  it('comes before policy, wherever it is in the call', () => {
    const validation = withValidation(() => 'wrong');
    const policy = withPolicy({ enabled: false });
    for (const features of [
      [policy, validation],
      [validation, policy],
    ])
      expect(createCollector({}, ...features).track('a')).to.equal('invalid');
  });

  it('throws if validate is not a function', () => {
    expect(() => withValidation('no' as never)).to.throw(TypeError, 'Expected `validate` to be a function');
  });
});
