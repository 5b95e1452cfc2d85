import type { WriteStream } from 'node:tty';

/**
 * The terminal, but for its height.
 *
 * Whoever draws on it clears it when a picture is as high as the terminal, and with it the lines that the user can scroll back to. Ours is that high
 * only for a moment, when the terminal has been made smaller.
 */
export function withoutHeight(terminal: WriteStream): WriteStream {
  return new Proxy(terminal, {
    get(target, key) {
      if (key === 'rows') return Infinity;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
