import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { aCollector } from '../../lib/collector/a-collector.js';
import { EventCollector } from '../../lib/collector/event-collector.js';

describe('aCollector', () => {
  const nothing = (): undefined => undefined;
  const methods = { collect: nothing, collectAsync: nothing, flush: nothing, shutdown: nothing, stats: nothing };

  it('accepts a collector, and an object with the same members', () => {
    expect(aCollector.expected).to.equal('a collector');
    expect(aCollector.accepts(new EventCollector({ sinks: [] }))).to.equal(true);
    expect(aCollector.accepts({ ...methods, events$: NEVER })).to.equal(true);
  });

  it('refuses everything else', () => {
    for (const value of [undefined, null, 'collector', {}, methods, { ...methods, events$: 1 }])
      expect(aCollector.accepts(value)).to.equal(false);
    for (const missing of Object.keys(methods)) expect(aCollector.accepts({ ...methods, events$: NEVER, [missing]: 1 })).to.equal(false);
  });
});
