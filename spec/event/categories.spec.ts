import { expect } from 'chai';
import { categoryOf, EVENT_CATEGORIES, isCategory } from '../../lib/event/categories.js';

describe('categories', () => {
  const BUILT_IN: Record<string, string> = {
    usage:
      'session_started session_ended mission_created mission_completed mission_failed mission_cancelled command_executed feature_used backend_selected tool_invoked',
    performance: 'response_latency memory_usage cpu_usage disk_usage network_latency cache_hit cache_miss',
    error: 'error_occurred warning_raised panic_caught validation_failed timeout_occurred retry_attempted',
    business: 'tokens_consumed cost_incurred quota_checked budget_alerted',
    security: 'auth_attempted permission_denied sensitive_data_accessed',
    system: 'config_changed plugin_loaded plugin_unloaded update_available system_started system_shutdown',
  };

  for (const [category, types] of Object.entries(BUILT_IN)) {
    it(`contains the built-in types of '${category}'`, () => {
      for (const type of types.split(' ')) expect(categoryOf(type), type).to.equal(category);
    });
  }

  it("treats any other type as 'custom'", () => {
    for (const type of ['checkout_completed', '', 'usage', 'SESSION_STARTED']) expect(categoryOf(type), type).to.equal('custom');
  });

  it('handles types that are keys of every object', () => {
    for (const type of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) expect(categoryOf(type), type).to.equal('custom');
  });

  it('recognises the seven categories, and nothing else', () => {
    expect(EVENT_CATEGORIES).to.deep.equal(['usage', 'performance', 'error', 'business', 'security', 'system', 'custom']);
    expect(EVENT_CATEGORIES.every(isCategory)).to.be.true;
    for (const value of ['Usage', '', undefined, null, 0, ['usage'], 'constructor']) expect(isCategory(value), String(value)).to.be.false;
  });
});
