import { anObject, checkArgument, complaint } from './check-option.js';

/**
 * Refuses options that are no object, and an option that there is not: it is named, and so are those that there are, in the words of `fillIn`.
 * A misspelt option that is passed over would leave a door open, or a file to grow.
 *
 * What it holds is not shown: a misspelt `headers` may hold a key.
 *
 * @param keys every option that there is
 * @throws TypeError
 */
export function checkKeys<T extends object>(options: T, keys: { readonly [K in keyof T]-?: true }, path = ''): void {
  checkArgument(path || 'options', options, anObject);
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(keys, key));
  if (unknown === undefined) return;
  const name = path === '' ? unknown : `${path}.${unknown}`;
  throw new TypeError(complaint(`\`${name}\``, `left out: the keys here are ${Object.keys(keys).join(', ')}`, 'a value'));
}
