/**
 * A process beside other packages, for `spec/compat/process.spec.ts`: `node program.mjs ORDER HOW PACKAGE…`.
 *
 * ORDER says whether `withProcessLifecycle` is called `before` or `after` the packages are set up, or not at all (`without`). HOW is what ends
 * the process. The library and the file for delivered events are in the environment, so that stdout and stderr are the packages' own.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [order, how, ...packages] = process.argv.slice(2);
const { LIBRARY, DELIVERED, SINK_MS = '300', TIMEOUT_MS = '5000', OTHERS = 'wait' } = process.env;

const setups = {
  async 'sentry, all'() {
    const Sentry = await import('@sentry/node');
    Sentry.init({ dsn: 'http://key@127.0.0.1:1/1' });
  },
  async sentry() {
    const Sentry = await import('@sentry/node');
    Sentry.init({ dsn: 'http://key@127.0.0.1:1/1', defaultIntegrations: false, integrations: [Sentry.onUncaughtExceptionIntegration()] });
  },
  async 'sentry, strict'() {
    const Sentry = await import('@sentry/node');
    const integrations = [Sentry.onUnhandledRejectionIntegration({ mode: 'strict' })];
    Sentry.init({ dsn: 'http://key@127.0.0.1:1/1', defaultIntegrations: false, integrations });
  },
  async honeybadger() {
    const { default: Honeybadger } = await import('@honeybadger-io/js');
    const silent = () => undefined;
    const logger = { debug: silent, info: silent, log: silent, warn: silent, error: silent };
    Honeybadger.configure({ apiKey: 'key', endpoint: 'http://127.0.0.1:1', logger });
  },
  async 'signal-exit-3'() {
    const { default: onExit } = await import('signal-exit-3');
    onExit((code, signal) => console.log('exit', code, signal));
  },
  async 'signal-exit-4'() {
    const { onExit } = await import('signal-exit-4');
    onExit((code, signal) => console.log('exit', code, signal));
  },
  async 'proper-lockfile'() {
    const { default: lockfile } = await import('proper-lockfile');
    writeFileSync(`${DELIVERED}.locked`, '');
    await lockfile.lock(`${DELIVERED}.locked`);
  },
  async nestjs() {
    await import('reflect-metadata');
    const { Module } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    class App {
      async beforeApplicationShutdown(signal) {
        await sleep(50);
        console.log('nest', signal);
      }
    }
    Module({})(App);
    const app = await NestFactory.create(App, { logger: false });
    app.enableShutdownHooks();
    await app.listen(0);
  },
  async terminus() {
    const { createTerminus } = await import('@godaddy/terminus');
    const server = createServer().listen(0);
    createTerminus(server, { signals: ['SIGTERM', 'SIGINT'], timeout: 50, onShutdown: async () => console.log('terminus') });
  },
  /** The most common listener of all: nothing is left to do afterwards. */
  async 'closing server'() {
    const server = createServer().listen(0);
    process.on('SIGTERM', () => server.close(() => console.log('closed')));
  },
  async 'slow exit'() {
    process.once('SIGTERM', () => void sleep(800).then(() => process.exit(7)));
  },
  async logging() {
    process.on('SIGTERM', () => console.log('logged'));
  },
  /** As some error reporters do: they end the process unless others listen. */
  async polite() {
    process.on('uncaughtException', () =>
      setTimeout(() => process.exit(process.listenerCount('uncaughtException') === 1 ? 9 : undefined), 20),
    );
  },
  /** The most common listener for rejections, with a look at the context that error reporters need. */
  async 'rejection exit'() {
    process.on('unhandledRejection', (reason) => {
      console.log('rejected', reason, context.getStore());
      process.exit(9);
    });
  },
  /** Goes on after a rejection, and ends once it has seen the second one. */
  async 'rejection log'() {
    process.on('unhandledRejection', (reason) => {
      console.log('rejected', reason);
      if (reason === 'the second') process.exit(0);
    });
    process.on('rejectionHandled', () => console.log('handled'));
  },
  async 'rejection throw'() {
    process.on('unhandledRejection', (reason) => {
      throw reason;
    });
  },
  /** Removed while the rejection is held back. */
  async 'rejection no more'() {
    if (order === 'without') return;
    const listener = () => process.exit(9);
    process.on('unhandledRejection', listener);
    setTimeout(() => process.off('unhandledRejection', listener), 100);
  },
  async 'exit throw'() {
    process.on('exit', () => {
      throw new RangeError('thrown at the exit');
    });
  },
  async monitor() {
    process.on('uncaughtExceptionMonitor', (error, origin) => console.log('monitor', error, origin));
    process.on('exit', (code) => console.log('exit', code));
  },
};

async function withLibrary() {
  const { EventCollector, withProcessLifecycle } = await import(LIBRARY);
  const sink = {
    name: 'slow',
    process: async ({ events }) => {
      await sleep(Number(SINK_MS));
      for (const { data } of events) appendFileSync(DELIVERED, `${String(data)}\n`);
    },
  };
  const collector = new EventCollector({ sinks: [sink] });
  withProcessLifecycle(collector, { timeoutMs: Number(TIMEOUT_MS), others: OTHERS });
  for (let n = 1; n <= 5; n += 1) collector.track('feature_used', n);
}

function makeError() {
  return Object.assign(new RangeError('made here', { cause: new Error('the cause') }), { code: 'MADE' });
}

const context = new AsyncLocalStorage();
const hour = 3_600_000;
const exits = {
  signal: () => undefined,
  throws: () => {
    setTimeout(() => {
      undefined.missing();
    });
  },
  'throws an error of its own': () => {
    setTimeout(() => {
      throw new RangeError('made and thrown here');
    });
  },
  'throws twice': () => {
    setTimeout(() => {
      throw new RangeError('the first');
    });
    setTimeout(() => {
      throw new RangeError('the second');
    }, 50);
  },
  'throws no error': () => {
    setTimeout(() => {
      throw { a: 1 };
    });
  },
  'throws an error without a readable stack': () => {
    const error = makeError();
    Object.defineProperty(error, 'stack', {
      get: () => {
        throw new Error('no stack');
      },
    });
    setTimeout(() => {
      throw error;
    });
  },
  exits: () => process.exit(),
  'throws and exits': () => {
    setTimeout(() => process.exit(), 50);
    throw new RangeError('the first');
  },
  rejects: () => void Promise.reject(makeError()),
  'rejects in a context': () => context.run('the context', () => void Promise.reject(makeError())),
  'rejects twice': () => {
    const first = Promise.reject('the first');
    setTimeout(() => first.catch(() => undefined), 20);
    setTimeout(() => void Promise.reject('the second'), 50);
  },
  'rejects without an error': () => void Promise.reject('a string'),
  'parses badly': () => {
    setTimeout(() => JSON.parse('{ "a": '));
  },
};

if (order === 'before') await withLibrary();
for (const each of packages) await setups[each]();
if (order === 'after') await withLibrary();
setTimeout(() => undefined, packages.includes('closing server') ? 0 : hour);
writeFileSync(`${DELIVERED}.ready`, '');
// From the event loop, so that stacks are the same however many setups were awaited.
setImmediate(() => exits[how]());
