import { expect } from 'chai';
import { serverTime } from '../../lib/ingest/client-clock.js';

const CLOCK = { receivedAt: 1_000_000, maxAheadMs: 5_000 };

describe('serverTime', () => {
  it('adds the difference between sending and arrival', () => {
    expect(serverTime(400_000, 700_000, CLOCK)).to.equal(700_000);
    expect(serverTime(1_900_000, 2_000_000, CLOCK)).to.equal(900_000);
  });

  it('keeps the time without a valid sentAt', () => {
    for (const sentAt of [undefined, null, 'yesterday', -1, {}]) expect(serverTime(400_000, sentAt, CLOCK)).to.equal(400_000);
  });

  it('reads sentAt as an ISO 8601 string', () => {
    expect(serverTime(400_000, new Date(700_000).toISOString(), CLOCK)).to.equal(700_000);
  });

  it('ignores a sentAt that would move the time before 1970', () => {
    expect(serverTime(10, 2_000_000, CLOCK)).to.equal(10);
  });

  it('replaces a time beyond maxAheadMs by the arrival', () => {
    expect(serverTime(1_005_000, undefined, CLOCK)).to.equal(1_005_000);
    expect(serverTime(1_005_001, undefined, CLOCK)).to.equal(1_000_000);
  });
});
