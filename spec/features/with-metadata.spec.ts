import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import { withDiagnostics } from '../../lib/features/with-diagnostics.js';
import { withMetadata } from '../../lib/features/with-metadata.js';
import { fitted } from '../support/fitted.js';

describe('withMetadata', () => {
  it('adds metadata; setMetadata and the event take precedence, and undefined removes a key', () => {
    fitted({}, [withMetadata({ appVersion: '1', region: 'eu' })], ({ collector, events }) => {
      collector.track('a');
      collector.setMetadata({ region: 'us', tenant: 't' });
      collector.collect({ type: 'a', metadata: { tenant: 'own' } });
      collector.setMetadata({ region: undefined });
      collector.track('a');
      expect(events.map(({ metadata }) => [metadata.appVersion, metadata['region'], metadata['tenant']])).to.deep.equal([
        ['1', 'eu', undefined],
        ['1', 'us', 'own'],
        ['1', 'eu', 't'],
      ]);
    });
  });

  it('calls a function for every event, and continues without it if it throws', () => {
    let calls = 0;
    const metadata = withMetadata(() => {
      calls += 1;
      if (calls === 2) throw new Error('no');
      return { calls };
    });
    const errors: unknown[] = [];
    fitted({}, [metadata, withDiagnostics()], ({ collector, events }) => {
      collector.diagnostics$.subscribe((each) => {
        if (each.type === 'callback_error') errors.push(each.callback);
      });
      for (let index = 0; index < 3; index += 1) expect(collector.track('a')).to.equal('accepted');
      expect(events.map(({ metadata: { calls: call } }) => call)).to.deep.equal([1, undefined, 3]);
      expect(errors).to.deep.equal(['metadata']);
    });
  });

  it('throws for anything but an object or a function', () => {
    expect(() => withMetadata('v1' as never)).to.throw(TypeError, 'Expected `metadata` to be an object or a function');
    const collector = createCollector({ sinks: [] }, withMetadata());
    for (const wrong of [5, null, 'v1'])
      expect(() => {
        collector.setMetadata(wrong as never);
      }).to.throw(TypeError, 'Expected `metadata` to be an object, got');
  });
});
