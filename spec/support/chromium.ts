import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { ROOT } from '../../scripts/entries.js';

/** Debian's package; CHROMIUM names another one. */
const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// Specs need the back/forward cache, which this flag would disable.
const LAUNCH = { executablePath: EXECUTABLE, args: ARGS, ignoreDefaultArgs: ['--disable-back-forward-cache'] };

/** A real Chromium. Where it is absent, the suite that asks for it from `before` is skipped, and listed as such. */
export async function launchChromium(context: Mocha.Context): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) context.skip();
  return chromium.launch(LAUNCH);
}

/** A Chromium of its own with the profile in a folder: what a user has set there. */
export const launchProfile = (folder: string): Promise<BrowserContext> => chromium.launchPersistentContext(folder, LAUNCH);

/** Bundles a program with its imports into one script for a page. The program is a path, or a text in TypeScript with paths from the root. */
export async function scriptOf(program: string | { readonly text: string }): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    ...(typeof program === 'string' ? { entryPoints: [program] } : { stdin: { contents: program.text, resolveDir: ROOT, loader: 'ts' } }),
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
