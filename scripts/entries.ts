import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..');

/** One of the package's entry points. */
export interface Entry {
  /** As package.json's `exports` has it: `.`, `./codecs`. */
  readonly path: string;
  /** `index`, `codecs`. */
  readonly name: string;
  /** What users import: `rx-event-collector`, `rx-event-collector/codecs`. */
  readonly specifier: string;
  /** From the root: `lib/codecs/index.ts`. */
  readonly source: string;
}

/** Every entry point that package.json's `exports` names. */
export function entries(): readonly Entry[] {
  const { name: packageName, exports } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, unknown>;
  };
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => ({
      path,
      name: path === '.' ? 'index' : path.slice(2),
      specifier: packageName + path.slice(1),
      source: path === '.' ? 'lib/index.ts' : `lib/${path.slice(2)}/index.ts`,
    }));
}
