/** The functions of a test runner that a contract suite needs. */
export interface TestApi {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => void | Promise<void>) => unknown;
}

/** The runner that was passed, or the globals of mocha, Jasmine, Jest, or Vitest with `globals: true`. */
export function testApi(api: Partial<TestApi> = globals): TestApi {
  const { describe, it } = api;
  if (typeof describe !== 'function' || typeof it !== 'function') {
    throw new TypeError("Expected `describe` and `it` as globals; without them, pass them: import { describe, it } from 'vitest'");
  }
  return { describe, it };
}

/** Typed as an object, since the type doesn't tell whether a test runner is present. */
const globals: object = globalThis;
