import { expect } from 'chai';
import fc from 'fast-check';
import { readVisitor, visitorText, type StoredVisitor } from '../../lib/browser/stored-visitor.js';

const VISITOR: StoredVisitor = {
  anonymousId: 'a-1',
  userId: 'user-1',
  session: { id: 's-2', previousId: 's-1', startedAt: 1_000 },
  activeAt: 2_000,
  hasBegun: true,
};

describe('readVisitor', () => {
  /** Reads the stored form of `VISITOR` with these fields replaced. */
  const readWith = (fields: object): StoredVisitor | undefined =>
    readVisitor(JSON.stringify({ ...(JSON.parse(visitorText(VISITOR)) as object), ...fields }));
  const readWithSession = (fields: object): StoredVisitor | undefined => readWith({ session: { ...VISITOR.session, ...fields } });

  it('restores what visitorText has written', () => {
    const id = fc.string({ minLength: 1 });
    const time = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    const visitors: fc.Arbitrary<StoredVisitor> = fc.record({
      anonymousId: id,
      userId: fc.option(id, { nil: undefined }),
      session: fc.record({ id, previousId: fc.option(id, { nil: undefined }), startedAt: time }),
      activeAt: time,
      hasBegun: fc.boolean(),
    });
    fc.assert(
      fc.property(visitors, (visitor) => {
        expect(readVisitor(visitorText(visitor))).to.deep.equal(visitor);
      }),
    );
  });

  it('returns undefined for a missing or damaged text', () => {
    const text = visitorText(VISITOR);
    for (const each of [undefined, null, '', 'null', '7', '[]', '{}', text.slice(1), text.slice(0, -1)])
      expect(readVisitor(each)).to.equal(undefined);
  });

  it('returns undefined for another format, such as that of a later version', () => {
    for (const format of [undefined, 0, 2, '1', true]) expect(readWith({ format })).to.equal(undefined);
  });

  it('requires a visitor, a session, and both times', () => {
    for (const invalid of [undefined, null, '', 7, {}]) {
      expect(readWith({ anonymousId: invalid }), 'anonymousId').to.equal(undefined);
      expect(readWithSession({ id: invalid }), 'session.id').to.equal(undefined);
    }
    for (const session of [undefined, null, 's-2', []]) expect(readWith({ session }), 'session').to.equal(undefined);
    for (const time of [undefined, null, '2000', {}]) {
      expect(readWith({ activeAt: time }), 'activeAt').to.equal(undefined);
      expect(readWithSession({ startedAt: time }), 'session.startedAt').to.equal(undefined);
    }
    // JSON has no infinity, but a number that is too large for one of its own.
    expect(readVisitor(visitorText(VISITOR).replace('2000', '1e999'))).to.equal(undefined);
  });

  it('leaves out an invalid user and previous session, and keeps the rest', () => {
    for (const invalid of ['', 7, null, { id: 'user-1' }]) {
      expect(readWith({ userId: invalid })).to.deep.equal({ ...VISITOR, userId: undefined });
      expect(readWithSession({ previousId: invalid })).to.deep.equal({
        ...VISITOR,
        session: { ...VISITOR.session, previousId: undefined },
      });
    }
  });

  it('treats a session as begun only if the text contains that', () => {
    for (const hasBegun of [undefined, null, 'true', 1, false]) expect(readWith({ hasBegun })?.hasBegun).to.equal(false);
  });

  it('reads no other fields', () => {
    expect(readWith({ isAdmin: true })).to.deep.equal(VISITOR);
    expect(readWithSession({ isAdmin: true })).to.deep.equal(VISITOR);
  });
});
