import { expect } from 'chai';
import { fencesOf, filesOf, read } from '../support/docs/examples.js';

/** Blocks for Angular's compiler; the documentation's own spec skips them. */
const snippetsOf = (text: string): string[] => [...text.matchAll(/^```typescript\n([^]*?)^```$/gm)].map(([, code = '']) => code);

describe("the documentation's Angular code", () => {
  // The blocks of docs/frameworks.md are for other frameworks.
  const pages = ['README.md', ...filesOf('docs', '.md').filter((file) => file !== 'docs/frameworks.md')];
  const example = filesOf('examples/angular/src/app', '.ts').map(read);
  const strangersIn = (text: string): string[] =>
    snippetsOf(text).filter((code) => !code.includes('@nestjs/') && !example.some((file) => file.includes(code)));

  it("is part of the example's files", () => {
    expect(pages.flatMap((file) => strangersIn(read(file)))).to.deep.equal([]);
    const [file = ''] = example;
    expect(strangersIn(`\`\`\`typescript\n${file}\`\`\`\n`)).to.deep.equal([]);
    expect(strangersIn(`\`\`\`typescript\n${file};\n\`\`\`\n`)).to.deep.equal([`${file};\n`]);
  });

  it("includes the example's collector in the first steps", () => {
    expect(snippetsOf(read('docs/start.md'))).to.include(read('examples/angular/src/app/collector.ts'));
  });

  it('is in no other blocks', () => {
    expect(pages.flatMap(fencesOf).filter(({ code }) => code.includes('rx-event-collector/angular'))).to.deep.equal([]);
  });
});
