import { expect } from 'chai';
import { filesOf, read } from '../support/docs/examples.js';

/** The blocks of docs/frameworks.md. The frameworks themselves are tested in `spec/compat/frameworks`. */
const blocks = [...read('docs/frameworks.md').matchAll(/^```\w+\n([^]*?)^```$/gm)].map(([, code = '']) => code);
const files = [...filesOf('examples/frameworks', '.ts'), ...filesOf('examples/frameworks', '.tsx')];

describe('docs/frameworks.md', () => {
  it('has every example of examples/frameworks, and no other code', () => {
    expect(blocks).to.have.members(files.map(read));
  });
});
