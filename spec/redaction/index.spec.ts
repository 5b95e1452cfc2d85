import { expect } from 'chai';
import { build } from 'esbuild';
import { resolve } from 'node:path';
import { defaultRedaction, redaction } from '../../lib/index.js';

const ROOT = resolve(import.meta.dirname, '../..');

async function bundled(names: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names} } from './lib/index.ts';`, resolveDir: ROOT },
    bundle: true,
    logLevel: 'error',
    write: false,
    format: 'esm',
    packages: 'external',
    tsconfigRaw: {},
  });
  return outputFiles[0]?.text ?? '';
}

describe('redaction', () => {
  it('has a function for every rule of defaultRedaction', () => {
    const rules = Object.values(redaction).map((create) => create());
    expect(rules).to.have.members([...defaultRedaction()]);
  });

  it('returns rules that cannot be changed', () => {
    for (const create of Object.values(redaction)) expect(create()).to.be.frozen;
  });

  it('adds no rule to a bundle that uses none', async () => {
    expect(await bundled('EventCollector, redact')).to.not.match(/\[redacted:|sessid|LENGTHS|lib\/redaction\/[\w-]+-(?:rule|name)\.ts/);
    expect(await bundled('defaultRedaction')).to.match(/\[redacted:email\]/);
  });
});
