import { isNonEmptyString } from '../internal/check-option.js';
import type { Item } from './items.js';

/** The severity of an error event's data, else `info`. */
export function levelOf({ category, data }: Pick<Item, 'category' | 'data'>): string {
  const severity = (data as { readonly severity?: unknown } | null | undefined)?.severity;
  if (category === 'error') return isNonEmptyString(severity) ? severity : category;
  return 'info';
}
