import type { WriteStream } from 'node:tty';

/**
 * The terminal, but for its height.
 *
 * The renderer clears the terminal, scrollback included, if a picture is as high as the terminal. Ours is that high only for a moment, after the
 * terminal was made smaller.
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
