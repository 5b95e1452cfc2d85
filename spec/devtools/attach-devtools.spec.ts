import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { attachDevtools } from '../../lib/devtools/attach-devtools.js';

describe('attachDevtools, before it shows anything', () => {
  const attach = (options: object): void => {
    attachDevtools(new EventCollector({ sinks: [] }), options);
  };

  it('names the nearest known option, its own and those of the source', () => {
    expect(() => {
      attach({ themes: 'dark' });
    }).to.throw(TypeError, 'Unknown option `themes`. Did you mean `theme`? Options: title, ');
    expect(() => {
      attach({ interval: 50 });
    }).to.throw(TypeError, 'Unknown option `interval`. Did you mean `intervalMs`?');
  });

  it('refuses invalid options', () => {
    for (const options of [{ theme: 'blue' }, { parent: 'body' }, { intervalMs: 1 }, { maxEvents: 0 }])
      expect(() => {
        attach(options);
      }, JSON.stringify(options)).to.throw(TypeError, `Expected \`${String(Object.keys(options)[0])}\` to be`);
  });
});
