import { expect } from 'chai';
import { fromClicks } from '../../lib/browser/index.js';
import { CountingTarget } from './fake-page.js';

/** The part of an element that a click is read from. */
class FakeElement extends EventTarget {
  constructor(
    readonly localName: string,
    readonly attributes: Readonly<Record<string, string>> = {},
  ) {
    super();
  }

  matches(selector: string): boolean {
    return selector.split(', ').some((each) => {
      const [, name, attribute] = /^(\w*)(?:\[(.+)\])?$/.exec(each) ?? [];
      return (name === '' || name === this.localName) && (attribute === undefined || attribute in this.attributes);
    });
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

  /** The events of a click with this path, the innermost element first. */
  function seen(path: readonly FakeElement[], ...[selector, options]: Parameters<typeof fromClicks>): unknown[] {
    const events: unknown[] = [];
    const subscription = fromClicks(selector, { window: { document }, ...options }).subscribe((event) => events.push(event));
    const click = new Event('click');
    click.composedPath = () => [...path, document, new EventTarget()];
    document.dispatchEvent(click);
    subscription.unsubscribe();
    return events;
  }

  it('reports the element and its attributes', () => {
    const button = new FakeElement('button', { id: 'buy', 'data-plan': 'pro', class: 'big' });
    expect(seen([button], 'button')).to.deep.equal([
      { type: 'element_clicked', category: 'usage', data: { tag: 'button', attributes: { id: 'buy', 'data-plan': 'pro' } } },
    ]);
  });

  it('reports the innermost matching element', () => {
    const path = [new FakeElement('b'), new FakeElement('button', { id: 'inner' }), new FakeElement('button', { id: 'outer' })];
    expect(seen(path, 'button')).to.have.nested.property('[0].data.attributes.id', 'inner');
    expect(seen(path, '[data-track]')).to.deep.equal([]);
  });

  it('reports the listed attributes and `data-` attributes only', () => {
    const field = new FakeElement('input', { value: 'secret', type: 'text', name: 'pin', title: 'Your PIN', 'data-track': '' });
    expect(seen([field], 'input')).to.have.deep.nested.property('[0].data.attributes', { type: 'text', name: 'pin', 'data-track': '' });
    expect(seen([field], 'input', { attributes: ['title'] })).to.have.deep.nested.property('[0].data.attributes', {
      title: 'Your PIN',
      'data-track': '',
    });
  });

  it('reports middle clicks on links, which open them, and no other auxiliary click', () => {
    const link = new FakeElement('a', { href: '/', 'data-plan': 'pro' });
    const middle = (path: readonly FakeElement[], button: number): unknown[] => {
      const events: unknown[] = [];
      const subscription = fromClicks('b, a', { window: { document } }).subscribe(({ data }) => events.push(data));
      const click = Object.assign(new Event('auxclick'), { button });
      click.composedPath = () => [...path, document, new EventTarget()];
      document.dispatchEvent(click);
      subscription.unsubscribe();
      return events;
    };
    expect(middle([link], 1)).to.deep.equal([{ tag: 'a', attributes: { 'data-plan': 'pro' }, button: 'middle' }]);
    expect(middle([new FakeElement('b'), link], 1)).to.deep.equal([{ tag: 'b', attributes: {}, button: 'middle' }]);
    expect(middle([link], 2)).to.deep.equal([]);
    expect(middle([new FakeElement('b')], 1)).to.deep.equal([]);
  });

  it('truncates long values', () => {
    const state = new FakeElement('div', { 'data-state': 'x'.repeat(5_000), 'data-track': '' });
    expect(seen([state], 'div')).to.have.nested.property('[0].data.attributes.data-state', `${'x'.repeat(1_021)}…`);
    expect(seen([state], 'div', { maxValueBytes: Infinity }))
      .to.have.nested.property('[0].data.attributes.data-state')
      .with.lengthOf(5_000);
    expect(() => fromClicks('div', { window: { document }, maxValueBytes: 0.5 })).to.throw(TypeError, 'Expected `maxValueBytes`');
  });

  it('throws for the attribute `value`, an invalid selector, and invalid or unknown options', () => {
    expect(() => fromClicks('input', { window: { document }, attributes: ['id', 'value'] })).to.throw(
      TypeError,
      'Expected `attributes` to be an array of names of attributes other than `value`, got an array',
    );
    expect(() => fromClicks('', { window: { document } })).to.throw(TypeError, 'Expected `selector` to be a non-empty string');
    expect(() => fromClicks('input', 5 as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => fromClicks('input', { attribute: ['id'] } as object)).to.throw(
      TypeError,
      'Unknown option `attribute`. Did you mean `attributes`?',
    );
    expect(() => fromClicks('[', { window: { document } })).to.throw(SyntaxError);
  });

  it('listens while subscribed, once per subscription', () => {
    const clicks$ = fromClicks('button', { window: { document } });
    expect(document.listeners).to.deep.equal([]);
    const subscriptions = [clicks$.subscribe(), clicks$.subscribe()];
    expect(document.listeners).to.deep.equal(['auxclick', 'auxclick', 'click', 'click']);
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(document.listeners).to.deep.equal([]);
  });

  it('completes immediately without a page', () => {
    let isComplete = false;
    fromClicks('button').subscribe({ complete: () => (isComplete = true) });
    expect(isComplete).to.equal(true);
  });
});
