/** Runs in a worker of a real page, and collects as many events as its name says. */
import { portCollector } from '../../lib/browser/index.js';

const { name } = globalThis as unknown as { readonly name: string };
const collector = portCollector(globalThis);
for (let n = 0; n < Number(name); n += 1) collector.track('counted', { n });
void collector.shutdown().then((report) => {
  globalThis.postMessage({ report });
});
