/** Runs `body` as on a runtime without Web Crypto, such as React Native. */
export function withoutCrypto(body: () => void): void {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  if (own === undefined) throw new Error('This runtime has no crypto');
  Reflect.deleteProperty(globalThis, 'crypto');
  try {
    body();
  } finally {
    Object.defineProperty(globalThis, 'crypto', own);
  }
}
