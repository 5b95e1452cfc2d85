import { expect } from 'chai';
import type { Settlement } from '../../lib/features/settlement.js';
import { DROP_REASONS } from '../../lib/ledger/drop-reason.js';
import { verdictOf } from '../../lib/nats/verdict.js';

describe('verdictOf', () => {
  const of = (settlement: Partial<Settlement>): string => verdictOf({ outcome: 'accepted', sinks: {}, ...settlement });

  it('acknowledges events that every sink has delivered or keeps, and events without a sink', () => {
    expect(of({ sinks: { a: 'delivered', b: 'kept' } })).to.equal('acknowledge');
    expect(of({ sinks: {} })).to.equal('acknowledge');
  });

  it('acknowledges events that policy excludes', () => {
    expect(of({ outcome: 'filtered' })).to.equal('acknowledge');
    expect(of({ outcome: 'sampled' })).to.equal('acknowledge');
  });

  it('counts the failure of a sink, regardless of the others', () => {
    expect(of({ sinks: { a: 'delivered', b: 'failed' } })).to.equal('failed');
    expect(of({ sinks: { a: 'dropped', b: 'failed' } })).to.equal('failed');
  });

  it('does not count events that a lane dropped', () => {
    expect(of({ sinks: { a: 'delivered', b: 'dropped' } })).to.equal('not_accepted');
  });

  it('rejects invalid events immediately, and reports that the collector is closed', () => {
    expect(of({ outcome: 'invalid' })).to.equal('invalid');
    expect(of({ outcome: 'closed' })).to.equal('closed');
  });

  it('counts a loss caused by the event, and not one caused by the load or state of the collector', () => {
    const counted = DROP_REASONS.filter((lost) => of({ outcome: 'dropped', lost }) === 'failed');
    expect(counted).to.deep.equal(['enricher_error', 'redactor_error', 'sampler_error', 'stage_error', 'too_large', 'reentrancy']);
    for (const lost of DROP_REASONS) {
      expect(of({ lost }), lost).to.equal(of({ outcome: 'dropped', lost }));
      if (!counted.includes(lost)) expect(of({ outcome: 'dropped', lost }), lost).to.equal('not_accepted');
    }
  });
});
