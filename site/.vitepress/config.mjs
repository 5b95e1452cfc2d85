import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitepress';
import { linkFrom, pageOf, pages, ROOT, slugify, titleOf } from '../pages.mjs';

/** Pages that exist, with their own titles where the menu has no shorter one. A page that no group lists is below "More". */
const listed = new Set();
const menu = (text, items) => ({
  text,
  items: items.flatMap(([name, title]) => {
    const [page] = name.split('#');
    const file = `docs/${page}.md`;
    listed.add(file);
    return existsSync(join(ROOT, file)) ? [{ text: title ?? titleOf(file), link: `/${name}` }] : [];
  }),
});

const sidebar = [
  menu('Start', [
    ['start', 'The first event'],
    ['start#node', 'Node'],
    ['start#browser', 'Browser'],
    ['start#angular', 'Angular'],
    ['start#workers', 'Workers'],
    ['start#serverless', 'Serverless'],
    ['start#edge', 'Edge'],
    ['commands', 'The two commands'],
    ['entries', 'Entry points and sizes'],
    ['examples'],
  ]),
  menu('Guides', [
    ['operators'],
    ['features', 'Features'],
    ['sinks'],
    ['store', 'Questions to the event store'],
    ['http', 'HTTP at both ends'],
    ['sampling'],
    ['privacy'],
    ['identity'],
    ['sinks#durable-lanes', 'Durability'],
    ['scale'],
    ['destinations'],
    ['nats'],
    ['testing'],
    ['devtools'],
    ['configuration'],
    ['typed-events'],
    ['values', 'Values that JSON lacks'],
    ['frameworks'],
    ['recipes'],
  ]),
  menu('Migration', [
    ['migration', 'Overview'],
    ['migration#segment', 'Segment'],
    ['migration#posthog', 'PostHog'],
    ['migration#opentelemetry', 'OpenTelemetry'],
    ['migration#application-insights', 'Application Insights'],
  ]),
  menu('Operations', [
    ['operations', 'Sizing and memory'],
    ['operations#metrics', 'Metrics'],
    ['operations#diagnostics', 'Diagnostics'],
    ['operations#error-codes', 'Error codes'],
    ['operations#troubleshooting', 'Troubleshooting'],
    ['compatibility'],
    ['guarantees'],
    ['faq'],
  ]),
  menu('Decisions', [['architecture'], ['departures'], ['mutation'], ['adr/README', 'Decisions']]),
];
sidebar.at(-1).items.find(({ text }) => text === 'Decisions').link = '/adr/';
const rest = pages().filter((file) => file.startsWith('docs/') && !file.startsWith('docs/adr/') && !listed.has(file));
if (rest.length > 0)
  sidebar.push({ text: 'More', items: rest.map((file) => ({ text: titleOf(file), link: `/${pageOf(file).slice(0, -3)}` })) });
sidebar.push({
  text: 'Reference',
  items: [
    { text: 'Every export', link: '/reference' },
    { text: 'Changelog', link: '/changelog' },
    { text: 'Contributing', link: '/contributing' },
  ],
});

const isPage = new Set(pages());

export default defineConfig({
  title: 'rx-event-collector',
  description: 'An analytics and telemetry event collector on RxJS: every event is delivered or accounted for.',
  lang: 'en',
  // Pages stay where they are in the repository.
  srcDir: '..',
  srcExclude: [
    '{lib,spec,bench,scripts,api,coverage,reference,dist,examples,.*}/**',
    'site/{node_modules,.vitepress,dist}/**',
    '{README,SECURITY,CODE_OF_CONDUCT}.md',
  ],
  rewrites: (file) => pageOf(file) ?? file,
  cleanUrls: false,
  outDir: './dist',
  cacheDir: './node_modules/.cache/vitepress',
  vite: {
    plugins: [
      {
        // The pages are outside of this folder, Vue is inside.
        name: 'packages-of-the-site',
        enforce: 'pre',
        resolveId(id, importer, { ssr }) {
          if (!/^vue(\/|$)/.test(id)) return null;
          return ssr ? { id, external: true } : this.resolve(id, import.meta.filename, { skipSelf: true });
        },
      },
    ],
  },
  // Files that the build adds beside the pages.
  ignoreDeadLinks: [/^\/(source|api)\//],
  markdown: {
    anchor: { slugify },
    theme: { light: 'github-light', dark: 'github-dark' },
    config: (md) => {
      md.core.ruler.push('repository-links', ({ tokens, env }) => {
        const file = relative(ROOT, env.realPath ?? env.path ?? '').replaceAll('\\', '/');
        if (!isPage.has(file)) return;
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          if (token.type === 'link_open') token.attrSet('href', linkFrom(file, token.attrGet('href')));
        }
      });
    },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/sinks' },
      { text: 'Operations', link: '/operations' },
      { text: 'Reference', link: '/reference' },
      { text: 'Playground', link: '/playground' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    footer: { message: 'MIT License' },
  },
  head: [['link', { rel: 'icon', href: 'data:,' }]],
});
