/** Views of source files: the pages and the reference link to them, so that the site needs no repository on the web. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './pages.mjs';

/** Writes the view of each file or folder, given by its path from the root, below `source/` in `out`. */
export function writeSourcePages(paths, out) {
  const written = new Set();
  const write = (path) => {
    if (written.has(path)) return;
    written.add(path);
    const isFolder = statSync(join(ROOT, path)).isDirectory();
    const target = join(out, 'source', isFolder ? `${path}/index.html` : `${path}.html`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, page(path, isFolder ? folder(path) : code(path)));
  };

  const code = (path) => {
    const lines = readFileSync(join(ROOT, path), 'utf8').trimEnd().split('\n');
    return `<pre>${lines.map((line, index) => `<span id="L${index + 1}">${escaped(line)}</span>`).join('\n')}</pre>`;
  };

  const folder = (path) => {
    const entries = readdirSync(join(ROOT, path), { withFileTypes: true }).filter(({ name }) => !/^(node_modules|dist|\.)/.test(name));
    const items = entries.map((entry) => {
      write(`${path}/${entry.name}`);
      return `<li><a href="${entry.name}${entry.isDirectory() ? '/index' : ''}.html">${entry.name}</a></li>`;
    });
    return `<ul>${items.join('')}</ul>`;
  };

  for (const path of paths) write(path);
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const page = (path, content) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${path} | rx-event-collector</title>
<link rel="icon" href="data:,">
<script>const chosen = localStorage.getItem('vitepress-theme-appearance') || 'auto';
document.documentElement.classList.toggle('dark', chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches));</script>
<style>
:root { color-scheme: light; } .dark { color-scheme: dark; background: #1b1b1f; color: #dfdfd6; }
body { font: 15px/1.6 system-ui, sans-serif; margin: 0 auto; max-width: 1100px; padding: 16px; }
a { color: #3451b2; } .dark a { color: #a8b1ff; }
pre { overflow-x: auto; padding: 16px; border-radius: 8px; font: 13px/1.6 ui-monospace, monospace; background: #f6f6f7; } .dark pre { background: #161618; }
span:target { outline: 2px solid #a8b1ff; }
</style>
<body><p><a href="/index.html">rx-event-collector</a> / ${path}</p>
${content}
</body></html>
`;
