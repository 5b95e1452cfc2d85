import type { ReadStream } from 'node:tty';
import type { Io } from '../io.js';
import type { LiveOptions } from '../options.js';
import { jsonLines } from './json-lines.js';
import type { Output } from './output.js';
import { plainLines } from './plain-lines.js';

/** The output that was asked for, or else the best that there is a place for. */
export async function outputFor({ json, plain }: LiveOptions, { print, terminal }: Io, keys: ReadStream | undefined): Promise<Output> {
  if (json) return jsonLines(print);
  if (plain || terminal === undefined) return plainLines(print);
  prepareEnvironment();
  const { liveView } = await import('../view/live-view.js');
  return liveView(terminal, keys, print);
}

/** The drawing library looks at it when it is loaded, which is why that is put off until here. */
function prepareEnvironment(): void {
  const { env } = process;
  // The library for colours doesn't support NO_COLOR.
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') env.FORCE_COLOR ??= '0';
  // Otherwise React runs its development checks, which take twice as long.
  env.NODE_ENV ??= 'production';
}
