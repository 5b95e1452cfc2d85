import { expect } from 'chai';
import { EventBuilder } from '../../lib/event/event-builder.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { UsageData } from '../../lib/event/payloads.js';

describe('EventBuilder', () => {
  it('builds an event of a type alone, without a session', () => {
    const event = new EventBuilder('session_started').build();
    expect(event).to.include({ type: 'session_started', category: 'usage', priority: 'normal', weight: 1 });
    expect(event.sessionId).to.be.undefined;
    expect(event.data).to.be.undefined;
  });

  it('builds usage data', () => {
    const event: AnalyticsEvent<'mission_created', UsageData> = new EventBuilder('mission_created')
      .usageData('mission', 'create', true)
      .build();
    expect(event.data).to.deep.equal({ feature: 'mission', action: 'create', success: true });
    const detailed = new EventBuilder('feature_used').usageData('search', 'submit', false, { target: 'index', durationMs: 12, hits: 0 });
    expect(detailed.build().data).to.deep.equal({
      feature: 'search',
      action: 'submit',
      success: false,
      target: 'index',
      durationMs: 12,
      hits: 0,
    });
  });

  it('builds performance data', () => {
    expect(new EventBuilder('response_latency').performanceData('latency', 100, 'ms').build().data).to.deep.equal({
      metric: 'latency',
      value: 100,
      unit: 'ms',
      tags: {},
    });
    const tagged = new EventBuilder('memory_usage').performanceData('rss', 5, 'bytes', { host: 'a' });
    expect(tagged.build().data.tags).to.deep.equal({ host: 'a' });
  });

  it('builds error data', () => {
    expect(new EventBuilder('error_occurred').errorData('E1', 'It broke', 'error', 'parser').build().data).to.deep.equal({
      code: 'E1',
      message: 'It broke',
      severity: 'error',
      component: 'parser',
      recovered: false,
    });
    const traced = new EventBuilder('panic_caught').errorData('E2', 'It broke', 'critical', 'parser', true, 'at line 1');
    expect(traced.build().data).to.include({ recovered: true, stackTrace: 'at line 1' });
  });

  it('builds business data', () => {
    expect(new EventBuilder('cost_incurred').businessData('cost_usd', 0.5, 'USD').build().data).to.deep.equal({
      metricType: 'cost_usd',
      value: 0.5,
      unit: 'USD',
    });
    const sourced = new EventBuilder('tokens_consumed').businessData('total_tokens', 9, 'tokens', { backend: 'b', model: 'm' });
    expect(sourced.build().data).to.include({ backend: 'b', model: 'm' });
  });

  it('accepts data of any kind, by reference', () => {
    const data = { total: 12 };
    const event: AnalyticsEvent<'checkout_completed', { total: number }> = new EventBuilder('checkout_completed').data(data).build();
    expect(event.data).to.equal(data);
  });

  it('sets every other field', () => {
    const event = new EventBuilder('checkout_completed')
      .id('id')
      .category('business')
      .priority('high')
      .timestamp(5)
      .session('s')
      .metadata({ plan: 'pro' })
      .build();
    expect(event).to.include({ id: 'id', category: 'business', priority: 'high', timestamp: 5, sessionId: 's' });
    expect(event.metadata).to.include({ plan: 'pro' });
  });

  it('adds up metadata, later wins', () => {
    const { metadata } = new EventBuilder('a')
      .metadata({ plan: 'pro', team: 'x' })
      .customMetadata('plan', 'free')
      .metadata({ os: 'mine' })
      .build();
    expect(metadata).to.include({ plan: 'free', team: 'x', os: 'mine' });
  });

  it('changes no prototype for a key `__proto__`', () => {
    const { metadata } = new EventBuilder('a').customMetadata('__proto__', { isAdmin: true }).build();
    expect(metadata.isAdmin).to.be.undefined;
    expect(({} as { isAdmin?: unknown }).isAdmin).to.be.undefined;
  });

  it('builds again, with a fresh id', () => {
    const builder = new EventBuilder('a').data({ n: 1 });
    const [first, second] = [builder.build(), builder.build()];
    expect(first.id).to.not.equal(second.id);
    expect(first.data).to.equal(second.data);
  });

  it('does not change events that it has built', () => {
    const builder = new EventBuilder('a').metadata({ plan: 'pro' });
    const event = builder.build();
    builder.metadata({ plan: 'free' }).priority('high');
    expect(event.metadata).to.include({ plan: 'pro' });
    expect(event.priority).to.equal('normal');
  });

  it("uses the caller's environment for fields that are not set", () => {
    const event = new EventBuilder('a')
      .session('own')
      .build({ now: () => 5, newId: () => 'id', sessionId: 's', metadata: { plan: 'pro' } });
    expect(event).to.include({ id: 'id', timestamp: 5, sessionId: 'own' });
    expect(event.metadata).to.include({ plan: 'pro' });
  });

  it('refuses to build an event without a type', () => {
    expect(() => new EventBuilder('').build()).to.throw(TypeError, 'Expected `type` to be a non-empty string');
  });
});
