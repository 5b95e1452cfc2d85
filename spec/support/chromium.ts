import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { chromium, type Browser } from 'playwright-core';
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

/** A real Chromium. Where it is absent, the suite that asks for it from `before` is skipped, and listed as such. */
export async function launchChromium(context: Mocha.Context): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) context.skip();
  // What is tested includes the back/forward cache, which would be off.
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
}

/** A program and all that it imports, as one script for a page. */
export async function scriptOf(path: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
