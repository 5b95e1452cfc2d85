/** The two functions that a contract suite needs of a test runner. */
export interface TestApi {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => void | Promise<void>) => unknown;
}

/** The runner that was handed in, or the globals of mocha, Jasmine, Jest, or Vitest with `globals: true`. */
export function testApi(api: Partial<TestApi> = globals): TestApi {
  const { describe, it } = api;
  if (typeof describe !== 'function' || typeof it !== 'function') {
    throw new TypeError("Expected `describe` and `it` as globals; without them, hand them in: import { describe, it } from 'vitest'");
  }
  return { describe, it };
}

/** Whether they hold a test runner is not for their type to say. */
const globals: object = globalThis;
