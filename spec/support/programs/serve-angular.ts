/**
 * Serves a build of `examples/angular` on a free port: `node --expose-gc --import tsx serve-angular.ts SERVER_MODULE`. It prints its address, and
 * answers `/census` with the objects that its process still holds.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Census } from '../../examples/angular-site.js';

/** State of the server part of a test build. */
interface Collectors {
  readonly begun: number;
  readonly ended: number;
  readonly received: number;
  readonly references: readonly WeakRef<object>[];
}

// Reads of page globals on a server find nothing, and are recorded.
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
  // Each request's injector is destroyed in a separate task, and memory is freed between tasks.
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
