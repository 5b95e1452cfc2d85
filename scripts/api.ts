/**
 * `npm run api` writes the report of each entry's public interface into `api/`, by API Extractor, from the built declarations. With `--check` it fails
 * where a report differs.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel, type IConfigFile } from '@microsoft/api-extractor';
import { distFolder } from './dist.js';
import { entries, ROOT } from './entries.js';

const isCheck = process.argv.includes('--check');
const dist = distFolder();
const none = { logLevel: ExtractorLogLevel.None };
mkdirSync(join(ROOT, 'api'), { recursive: true });

for (const { name } of entries()) {
  const { apiReportChanged, succeeded } = Extractor.invoke(ExtractorConfig.prepare(settingsOf(name)), {
    localBuild: !isCheck,
    messageCallback: (message) => {
      // API Extractor's own words would name its command line.
      if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
    },
  });
  const isWrong = isCheck ? apiReportChanged : !succeeded;
  console.log(`api/${name}.api.md ${isWrong ? 'differs' : apiReportChanged ? 'written' : 'holds'}`);
  if (isWrong) process.exitCode = 1;
}
if (process.exitCode === 1) console.error('If the change is meant, run `npm run api` and commit the files.');

function settingsOf(name: string): Parameters<typeof ExtractorConfig.prepare>[0] {
  const entry = join(dist, `${name}.d.ts`);
  const configObject: IConfigFile = {
    projectFolder: ROOT,
    mainEntryPointFilePath: entry,
    newlineKind: 'lf',
    compiler: {
      overrideTsconfig: {
        compilerOptions: {
          target: 'es2022',
          module: 'nodenext',
          lib: ['ES2023', 'DOM', 'DOM.Iterable'],
          types: ['node', 'mocha'],
          strict: true,
          skipLibCheck: true,
        },
        files: [entry],
      },
    },
    apiReport: {
      enabled: true,
      reportFolder: join(ROOT, 'api'),
      reportTempFolder: join(ROOT, 'node_modules/.cache/api-extractor'),
      reportFileName: `${name}.api.md`,
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      // We have no release tags, and typedoc checks the comments.
      extractorMessageReporting: {
        'ae-missing-release-tag': none,
        'ae-undocumented': none,
        'ae-forgotten-export': { ...none, addToApiReportFile: true },
      },
      tsdocMessageReporting: { default: none },
    },
  };
  return { configObject, configObjectFullPath: undefined, packageJsonFullPath: join(ROOT, 'package.json') };
}
