import { expect } from 'chai';
import { BodyLimit } from '../../lib/http/body-limit.js';

describe('BodyLimit', () => {
  it('has no limit before the first refusal', () => {
    const limit = new BodyLimit();
    limit.taken(5_000);
    expect(limit.bytes).to.equal(Infinity);
  });

  it('is half of the refused body, rounded up', () => {
    const limit = new BodyLimit();
    limit.refused(1_001, 2);
    expect(limit.bytes).to.equal(501);
  });

  it('is the longest accepted body if that is more than half of the refused one', () => {
    const limit = new BodyLimit();
    limit.taken(800);
    limit.taken(300);
    limit.refused(1_000, 10);
    expect(limit.bytes).to.equal(800);
  });

  it('ignores the refusal of a single event', () => {
    const limit = new BodyLimit();
    limit.refused(1_000, 1);
    expect(limit.bytes).to.equal(Infinity);
  });

  it('forgets an accepted length that the server refuses later', () => {
    const limit = new BodyLimit();
    limit.taken(800);
    limit.refused(800, 10);
    expect(limit.bytes).to.equal(400);
  });

  it('never grows', () => {
    const limit = new BodyLimit();
    limit.refused(1_000, 2);
    limit.taken(900);
    limit.refused(5_000, 2);
    expect(limit.bytes).to.equal(500);
  });
});
