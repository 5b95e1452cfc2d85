import { expect } from 'chai';
import { testApi } from '../../lib/testing/test-api.js';

describe('testApi', () => {
  it('finds the globals of the test runner', () => {
    expect(testApi()).to.deep.equal({ describe, it });
  });

  it('prefers the passed functions', () => {
    const api = { describe: () => undefined, it: () => undefined };
    expect(testApi(api)).to.deep.equal(api);
  });

  it('explains what to do if there is neither', () => {
    expect(() => testApi({})).to.throw(TypeError, /import \{ describe, it \} from 'vitest'/);
  });
});
