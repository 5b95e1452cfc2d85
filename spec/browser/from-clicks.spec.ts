import { expect } from 'chai';
import { fromClicks } from '../../lib/browser/index.js';
import { CountingTarget } from './fake-page.js';

/** As much of an element as a click is read from. */
class FakeElement extends EventTarget {
  constructor(
    readonly localName: string,
    readonly attributes: Readonly<Record<string, string>> = {},
  ) {
    super();
  }

  matches(selector: string): boolean {
    return selector.split(', ').some((each) => each === this.localName || each.slice(1, -1) in this.attributes);
  }

  getAttributeNames(): string[] {
    return Object.keys(this.attributes);
  }

  getAttribute(name: string): string | null {
    return this.attributes[name] ?? null;
  }
}

describe('fromClicks', () => {
  let document: CountingTarget & { querySelector: (selector: string) => null };

  beforeEach(() => {
    document = Object.assign(new CountingTarget(), {
      querySelector: (selector: string) => {
        if (selector === '[') throw new SyntaxError('Not a selector');
        return null;
      },
    });
  });

  /** What a click tells that goes through these, the innermost first. */
  function told(path: readonly FakeElement[], ...[selector, options]: Parameters<typeof fromClicks>): unknown[] {
    const events: unknown[] = [];
    const subscription = fromClicks(selector, { window: { document }, ...options }).subscribe((event) => events.push(event));
    const click = new Event('click');
    click.composedPath = () => [...path, document, new EventTarget()];
    document.dispatchEvent(click);
    subscription.unsubscribe();
    return events;
  }

  it('tells the element and its attributes', () => {
    const button = new FakeElement('button', { id: 'buy', 'data-plan': 'pro', class: 'big' });
    expect(told([button], 'button')).to.deep.equal([
      { type: 'element_clicked', category: 'usage', data: { tag: 'button', attributes: { id: 'buy', 'data-plan': 'pro' } } },
    ]);
  });

  it('means the innermost element that matches, whatever inside of it was hit', () => {
    const path = [new FakeElement('b'), new FakeElement('button', { id: 'inner' }), new FakeElement('button', { id: 'outer' })];
    expect(told(path, 'button')).to.have.nested.property('[0].data.attributes.id', 'inner');
    expect(told(path, '[data-track]')).to.deep.equal([]);
  });

  it('tells no more attributes than it was asked for', () => {
    const field = new FakeElement('input', { value: 'secret', type: 'text', name: 'pin', title: 'Your PIN', 'data-track': '' });
    expect(told([field], 'input')).to.have.deep.nested.property('[0].data.attributes', { type: 'text', name: 'pin', 'data-track': '' });
    expect(told([field], 'input', { attributes: ['title'] })).to.have.deep.nested.property('[0].data.attributes', {
      title: 'Your PIN',
      'data-track': '',
    });
  });

  it('refuses to tell what a field holds, and what is no selector', () => {
    expect(() => fromClicks('input', { window: { document }, attributes: ['id', 'value'] })).to.throw(
      TypeError,
      'Expected `attributes` to be an array of names of attributes other than `value`, got an array',
    );
    expect(() => fromClicks('', { window: { document } })).to.throw(TypeError, 'Expected `selector` to be a non-empty string');
    expect(() => fromClicks('input', 5 as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => fromClicks('input', { attribute: ['id'] } as object)).to.throw(TypeError, 'Expected `attribute` to be left out');
    expect(() => fromClicks('[', { window: { document } })).to.throw(SyntaxError);
  });

  it('listens while it is subscribed to, once for each subscription', () => {
    const clicks$ = fromClicks('button', { window: { document } });
    expect(document.listeners).to.deep.equal([]);
    const subscriptions = [clicks$.subscribe(), clicks$.subscribe()];
    expect(document.listeners).to.deep.equal(['click', 'click']);
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(document.listeners).to.deep.equal([]);
  });

  it('completes at once where there is no page', () => {
    let isComplete = false;
    fromClicks('button').subscribe({ complete: () => (isComplete = true) });
    expect(isComplete).to.equal(true);
  });
});
