import { expect } from 'chai';
import { fromDomEvent, methodOf, valueOf } from '../../lib/browser/dom.js';
import { CountingTarget } from './fake-page.js';

describe('properties of the DOM', () => {
  class FakeForm {
    readonly #name = 'form';

    /** As in a browser, an accessor that works on its own kind of object only. */
    get localName(): string {
      return this.#name;
    }

    matches(selector: string): boolean {
      return selector === this.localName;
    }
  }

  /** A field in the place of a property. */
  const shadowed = (...names: string[]): FakeForm =>
    Object.defineProperties(new FakeForm(), Object.fromEntries(names.map((name) => [name, { value: { nodeType: 1 } }])));

  it('are read from the prototype if an element shadows them', () => {
    const form = shadowed('localName', 'matches');
    expect(valueOf(form, 'localName')).to.equal('form');
    expect(typeof methodOf(form, 'matches')).to.equal('function');
  });

  it('are read from the object if it has its own, such as in a test', () => {
    expect(valueOf({ visibilityState: 'hidden' }, 'visibilityState')).to.equal('hidden');
    const own = Object.defineProperty(new FakeForm(), 'localName', { value: 'fake' });
    expect(valueOf(own, 'localName')).to.equal('fake');
    expect(methodOf({ matches: () => true }, 'matches')()).to.equal(true);
  });

  it('are `undefined` if neither the element nor its prototype has a string or boolean', () => {
    expect(valueOf({ localName: { nodeType: 1 } }, 'localName')).to.equal(undefined);
  });
});

describe('fromDomEvent', () => {
  it('leaves out events whose reading throws or returns undefined', () => {
    const target = new CountingTarget();
    const seen: unknown[] = [];
    let count = 0;
    const subscription = fromDomEvent(target, 'click', () => {
      count += 1;
      if (count === 1) throw new Error('Unreadable');
      return count === 2 ? undefined : count;
    }).subscribe({ next: (value) => seen.push(value), error: () => seen.push('error') });
    for (let n = 0; n < 4; n += 1) target.dispatchEvent(new Event('click'));
    expect(seen).to.deep.equal([3, 4]);
    subscription.unsubscribe();
    expect(target.listeners).to.deep.equal([]);
  });

  it('removes its listener if the first event is enough', () => {
    const target = new CountingTarget();
    const subscription = fromDomEvent(target, 'click', () => true, true).subscribe(() => {
      subscription.unsubscribe();
    });
    target.dispatchEvent(new Event('click'));
    expect(target.listeners).to.deep.equal([]);
  });
});
