import { expect } from 'chai';
import { map } from 'rxjs';
import { createCollector } from '../../lib/collector/collector.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { withRedaction } from '../../lib/features/with-redaction.js';
import { withStages } from '../../lib/features/with-stages.js';
import { expectBalanced } from '../support/books.js';

const replace = (from: string, to: string) => ({ name: from, redact: (value: string) => value.replaceAll(from, to) });

describe('withRedaction', () => {
  it('redacts data and metadata, in order, before stages and sinks', () => {
    const staged: unknown[] = [];
    const stages = withStages(
      map((event: AnalyticsEvent) => {
        staged.push(event.data);
        return event;
      }),
    );
    const collector = createCollector({}, stages, withRedaction([replace('a', 'b')]), withRedaction([replace('b', 'c')]));
    const seen: unknown[] = [];
    collector.events$.subscribe(({ data, metadata }) => seen.push(data, metadata['k']));
    collector.collect({ type: 'x', data: ['ab'], metadata: { k: 'a' } });
    expect(staged).to.deep.equal([['cc']]);
    expect(seen).to.deep.equal([['cc'], 'c']);
  });

  it('is fail-closed', () => {
    const collector = createCollector(
      {},
      withRedaction([
        {
          name: 'broken',
          redact: () => {
            throw new Error('no');
          },
        },
      ]),
    );
    expect(collector.track('x', 'text')).to.equal('dropped');
    expect(expectBalanced(collector).dropped.redactor_error).to.equal(1);
  });

  it('throws for an invalid rule', () => {
    expect(() => withRedaction([{ name: 'none' } as never])).to.throw(TypeError, 'Expected `rules[0].redact` to be a function');
  });
});
