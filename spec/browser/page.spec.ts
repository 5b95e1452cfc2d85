import { expect } from 'chai';
import { isHidden, stateOf, thisPage } from '../../lib/browser/page.js';

describe('thisPage', () => {
  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'window');
  });

  const withWindow = (window: unknown): unknown => {
    Object.defineProperty(globalThis, 'window', { value: window, configurable: true });
    return thisPage();
  };

  it('is the window if it has a document', () => {
    const window = { document: {} };
    expect(withWindow(window)).to.equal(window);
  });

  it('is undefined without a window, as on a server and in a worker', () => {
    expect(thisPage()).to.equal(undefined);
    expect(withWindow(undefined)).to.equal(undefined);
    expect(withWindow(null)).to.equal(undefined);
  });

  it('is undefined if the runtime only calls its global object `window`', () => {
    expect(withWindow(globalThis)).to.equal(undefined);
  });
});

describe('isHidden', () => {
  it('is true only for a hidden document', () => {
    expect(['hidden', 'visible', 'prerender', ''].map((visibilityState) => isHidden({ visibilityState }))).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('stateOf', () => {
  it('starts with a page that stays and sends nothing', () => {
    expect(stateOf({})).to.deep.equal({ isLeaving: false, keepaliveBytes: 0, onLeaving: new Set() });
  });

  it('is one state per page', () => {
    const [page, other] = [{}, {}];
    stateOf(page).isLeaving = true;
    stateOf(page).keepaliveBytes += 5;
    expect(stateOf(page)).to.include({ isLeaving: true, keepaliveBytes: 5 });
    expect(stateOf(other)).to.include({ isLeaving: false, keepaliveBytes: 0 });
    expect(stateOf(other).onLeaving).to.not.equal(stateOf(page).onLeaving);
  });
});
