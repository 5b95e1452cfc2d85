import { expect } from 'chai';
import type { Diagnostic } from '../../lib/collector/diagnostics.js';
import type { FlushReport } from '../../lib/collector/flush-report.js';
import { noticeOf } from '../../lib/devtools/notices.js';
import { SinkError } from '../../lib/errors/sink-error.js';

/** A diagnostic without its time. */
type Timeless<D = Diagnostic> = D extends Diagnostic ? Omit<D, 'at'> : never;

/** The notice in one line. */
function written(diagnostic: Timeless): string {
  const { tone, text } = noticeOf({ ...diagnostic, at: 5 });
  return `${tone}: ${text}`;
}

const report = (timedOut: boolean): FlushReport => ({ timedOut, held: 0, inStages: 0, sinks: {} });

describe('noticeOf', () => {
  it('names the place, the reason and the error of a loss', () => {
    const error = new SinkError('rejected', 'no such table');
    expect(written({ type: 'loss', count: 3, reason: 'failed', sink: 'http', error })).to.equal('bad: http: 3 lost, failed: no such table');
    expect(written({ type: 'loss', count: 1, reason: 'overflow', sink: 'http' })).to.equal('bad: http: 1 lost, overflow');
    expect(written({ type: 'loss', count: 2, reason: 'invalid' })).to.equal('bad: collector: 2 lost, invalid');
  });

  it('shows an error that is a text, and of other values their type only', () => {
    const loss = (error: unknown): string => written({ type: 'loss', count: 1, reason: 'stage_error', error });
    expect(loss('gone')).to.equal('bad: collector: 1 lost, stage_error: gone');
    expect([loss({ message: 'secret' }), loss(null), loss(5)].map((text) => text.split(': ').at(-1))).to.deep.equal([
      'object',
      'object',
      'number',
    ]);
  });

  it('counts failed attempts', () => {
    const error = new SinkError('unavailable', 'busy');
    expect(written({ type: 'sink_error', count: 1, sink: 'http', error })).to.equal('warning: http: 1 failed attempt, unavailable: busy');
    expect(written({ type: 'sink_error', count: 2, sink: 'http', error })).to.equal('warning: http: 2 failed attempts, unavailable: busy');
  });

  it('names a callback that threw', () => {
    const error = new Error('no');
    expect(written({ type: 'callback_error', count: 1, callback: 'metadata', error })).to.equal('bad: metadata threw 1 time: no');
    expect(written({ type: 'callback_error', count: 12, callback: 'stage', error })).to.equal('bad: stage threw 12 times: no');
  });

  it('shows values that could not be used', () => {
    expect(written({ type: 'unusable_field', count: 1, field: 'timestamp', got: '`-5` (number)' })).to.equal(
      'warning: 1 unusable timestamp: `-5` (number)',
    );
    expect(written({ type: 'unusable_field', count: 2, field: 'sessionId', got: 'an object' })).to.equal(
      'warning: 2 unusable sessionId: an object',
    );
    expect(written({ type: 'invalid_consent', count: 2, got: '`true` (boolean)' })).to.equal('warning: consent$ emitted `true` (boolean)');
  });

  it('is good when a breaker closes, bad when it opens, and a warning in between', () => {
    const states = (['closed', 'open', 'half-open'] as const).map((state) => written({ type: 'breaker', sink: 'http', state }));
    expect(states).to.deep.equal(['good: http: breaker closed', 'bad: http: breaker open', 'warning: http: breaker half-open']);
  });

  it('warns of a flush and of a shutdown that timed out', () => {
    for (const type of ['flush', 'shutdown'] as const) {
      expect(written({ type, report: report(false) })).to.equal(`good: ${type} complete`);
      expect(written({ type, report: report(true) })).to.equal(`warning: ${type} timed out`);
    }
  });

  it('warns of a sink that left when its time was over, and of a second global collector', () => {
    expect(written({ type: 'unregister', sink: 'http', report: report(false) })).to.equal('good: http: unregistered');
    expect(written({ type: 'unregister', sink: 'http', report: report(true) })).to.equal('warning: http: unregistered, timed out');
    expect(written({ type: 'global_collector_exists' })).to.equal('warning: initGlobalCollector was called again');
  });

  it('shows the first 300 characters of an error', () => {
    const error = new SinkError('rejected', `${'x'.repeat(300)}secret`);
    expect(noticeOf({ type: 'sink_error', at: 5, count: 1, sink: 'http', error }).text).to.match(/: x{300}$/);
  });
});
