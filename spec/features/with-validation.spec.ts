import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import { withDiagnostics } from '../../lib/features/with-diagnostics.js';
import { withPolicy } from '../../lib/features/with-policy.js';
import { withValidation } from '../../lib/features/with-validation.js';
import { expectBalanced } from '../support/books.js';

describe('withValidation', () => {
  it('rejects events as invalid if a validator returns a message or throws; each of them must accept', () => {
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

  for (const [returned, shown] of [
    [Promise.resolve(undefined), 'a Promise'],
    [true, '`true` (boolean)'],
    [null, '`null`'],
    [{ message: 'wrong' }, 'an object'],
  ] as const)
    it(`reports a validate that returns ${shown}`, () => {
      const messages: unknown[] = [];
      const collector = createCollector(
        {},
        withDiagnostics(),
        withValidation(() => returned as never),
      );
      collector.diagnostics$.subscribe((each) => messages.push(each.type === 'loss' && each.error));
      expect(collector.track('a')).to.equal('invalid');
      expect(messages).to.have.lengthOf(1);
      expect(messages[0]).to.be.instanceOf(TypeError);
      expect((messages[0] as Error).message).to.equal(`Expected \`validate\` to return a string or undefined, got ${shown}`);
    });

  it('runs before policy, regardless of its position in the call', () => {
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
