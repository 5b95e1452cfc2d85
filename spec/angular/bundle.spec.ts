import { expect } from 'chai';
import { build } from 'esbuild';
import { ROOT } from '../../scripts/entries.js';

/** The library's files that a bundle contains, if an application imports these names. */
async function filesWith(...names: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { ${names.join(', ')} } from './lib/angular/index.ts';`, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    packages: 'external',
    outfile: 'app.js',
  });
  const inputs = metafile.outputs['app.js']?.inputs ?? {};
  return Object.keys(inputs).filter((file) => file.startsWith('lib/') && inputs[file]!.bytesInOutput > 0);
}

const SMALL = ['provideCollector', 'COLLECTOR', 'injectTrack', 'injectEvents', 'withSinks', 'withRouterEvents', 'withErrorHandler'];
const isFeature = (file: string): boolean =>
  file.startsWith('lib/features/') || file.startsWith('lib/redaction/') || file === 'lib/collector/event-collector.ts';

describe('the bundle of an application', () => {
  it('contains no feature of the core with provideCollector', async () => {
    expect((await filesWith(...SMALL)).filter(isFeature)).to.deep.equal([]);
  });

  it('contains those that its own features need', async () => {
    expect((await filesWith(...SMALL, 'withConsent')).filter(isFeature)).to.deep.equal([
      'lib/features/fill-once.ts',
      'lib/features/with-consent.ts',
    ]);
  });

  it('contains all of them with provideEventCollector', async () => {
    expect((await filesWith('provideEventCollector')).filter(isFeature)).to.include('lib/collector/event-collector.ts');
  });

  it('contains no code of unused imports', async () => {
    expect(await filesWith()).to.deep.equal([]);
  });
});
