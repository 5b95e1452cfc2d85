import { readFileSync } from 'node:fs';
import { Converter, ReflectionKind } from 'typedoc';

const { name: packageName, exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** `exports` of package.json is the list of entries, as it is for rollup. */
const entryPoints = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => (path === '.' ? 'lib/index.ts' : `lib/${path.slice(2)}/index.ts`));

/** Calls modules by what users import. */
function namedAsImported(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
      module.name = module.name.replace(/^lib/, packageName);
    }
  });
}

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: `${packageName} reference`,
  plugin: [namedAsImported],
  entryPoints,
  out: 'reference',
  readme: 'README.md',
  customCss: 'scripts/reference.css',
  navigation: { includeFolders: false },
  basePath: '.',
  displayBasePath: '.',
  disableGit: true,
  sourceLinkTemplate: '../../{path}',
  // `ConfigPatch`, its one use, says in words what it is.
  intentionallyNotExported: ['DeepPartial'],
  // What a signature mentions is exported, and what a comment links to exists, or there is no reference.
  treatWarningsAsErrors: true,
};
