/** Which files of the repository are pages of the site, and where links between them lead. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..');

/** Pages outside of `docs`, by their path in the site. */
const OTHERS = {
  'site/index.md': 'index.md',
  'site/playground.md': 'playground.md',
  'site/reference.md': 'reference.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
};

/** Path in the site of a Markdown file, both with `.md`; `undefined` if it is not a page. */
export function pageOf(file) {
  if (file in OTHERS) return OTHERS[file];
  if (file === 'docs/adr/README.md') return 'adr/index.md';
  return file.startsWith('docs/') && file.endsWith('.md') ? file.slice('docs/'.length) : undefined;
}

/** Target of a link in a page of the site: another page, the view of a source file, or what it was. */
export function linkFrom(file, href) {
  if (/^(?:[a-z]+:|#|\/)/i.test(href)) return href;
  const [path, hash] = href.split('#');
  const target = posix.normalize(posix.join(dirname(file), path)).replace(/\/$/, '');
  const anchor = hash === undefined ? '' : `#${hash}`;
  // The site has a start page of its own; the README's sections are on other pages.
  if (target === 'README.md') return '/';
  const page = pageOf(target) ?? pageOf(`${target}/README.md`);
  if (page !== undefined && existsSync(join(ROOT, target))) return `/${page}${anchor}`;
  if (!existsSync(join(ROOT, target))) return href;
  return statSync(join(ROOT, target)).isDirectory() ? `/source/${target}/index.html` : `/source/${target}.html`;
}

/** Anchor of a heading, as links in the repository name it. */
export function slugify(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\d\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** Every Markdown file that is a page. */
export function pages() {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file.replaceAll('\\', '/')}`);
  return [...Object.keys(OTHERS), ...docs].filter((file) => pageOf(file) !== undefined && existsSync(join(ROOT, file)));
}

/** First heading of a page. */
export function titleOf(file) {
  return /^# (.+)$/m.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1] ?? file;
}
