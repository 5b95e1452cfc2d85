/**
 * Serves a build of `examples/angular` on a free port: `node --expose-gc --import tsx serve-angular.ts SERVER_MODULE`. It prints its address, and
 * answers `/census` by what its process holds on to.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Census } from '../../examples/angular-site.js';

/** What the server's half of a test build keeps. */
interface Collectors {
  readonly begun: number;
  readonly ended: number;
  readonly received: number;
  readonly references: readonly WeakRef<object>[];
}

// Whoever looks for a page on a server, finds none, and is written down.
const looks: string[] = [];
for (const name of ['window', 'document']) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get: () => {
      looks.push(`${name} ${new Error().stack ?? ''}`);
      return undefined;
    },
  });
}

const { reqHandler } = (await import(pathToFileURL(process.argv[2] ?? '').href)) as { readonly reqHandler: RequestListener };

const server = createServer((request, response) => {
  if (request.url !== '/census') return reqHandler(request, response);
  void census().then((body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)));
}).listen(0, 'localhost', () => {
  console.log(`http://localhost:${String((server.address() as AddressInfo).port)}`);
});

async function census(): Promise<Census> {
  // Each request's injector is destroyed in a task of its own, and memory is freed between tasks.
  for (let round = 0; round < 5; round += 1) {
    await setTimeout(20);
    globalThis.gc?.();
  }
  const { begun, ended, received, references } = (globalThis as unknown as { readonly collectors: Collectors }).collectors;
  return {
    begun,
    ended,
    received,
    alive: references.filter((reference) => reference.deref() !== undefined).length,
    timers: process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    looks,
  };
}
