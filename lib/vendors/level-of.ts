import type { Item } from './items.js';

/** The severity of an error event's data, else `info`. */
export function levelOf({ category, data }: Item): string {
  const severity = category === 'error' ? (Object(data) as { readonly severity?: unknown }).severity : undefined;
  return typeof severity === 'string' && severity !== '' ? severity : category === 'error' ? 'error' : 'info';
}
