/** An element with attributes and children. Strings become text nodes: nothing is ever parsed as HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An SVG element with attributes. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAll(element, attributes);
  element.append(...children);
  return element;
}

export function setAll(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    // Writing an equal value costs a style recalculation.
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
}

export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** A child of a list, with the function that updates it. */
export interface Row<T> {
  readonly element: Element;
  readonly update: (item: T) => void;
}

/** Shows items as the children of `parent`, in order; a child is kept while an item has its key, so that focus and selection are preserved. */
export function list<T>(parent: Element, keyOf: (item: T) => string, create: (item: T) => Row<T>): (items: readonly T[]) => void {
  const rows = new Map<string, Row<T>>();
  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, { element }] of rows) {
      if (keys.has(key)) continue;
      element.remove();
      rows.delete(key);
    }
    let next = parent.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      let row = rows.get(key);
      if (row === undefined) rows.set(key, (row = create(item)));
      row.update(item);
      if (row.element === next) next = next.nextElementSibling;
      else parent.insertBefore(row.element, next);
    }
  };
}

/** A table in a scrollable box; also scrollable with the keyboard. Rows are added to `body`. */
export function tableOf(label: string, heads: readonly string[], body: HTMLElement): HTMLElement {
  const row = h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)));
  return scrolling(`Table of ${label}`, h('table', {}, h('thead', {}, row), body));
}

/** A scrollable box; also scrollable with the keyboard. */
export function scrolling(label: string, ...children: readonly Node[]): HTMLElement {
  return h('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': label }, ...children);
}

/** A sentence that is shown instead of an empty list. */
export const faint = (text: string): HTMLElement => h('p', { class: 'faint' }, text);

const NUMBER = /* @__PURE__ */ new Intl.NumberFormat('en');
const COMPACT = /* @__PURE__ */ new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const count = (value: number): string => NUMBER.format(value);
export const compact = (value: number): string => COMPACT.format(value);
/** The time of day, in the reader's time zone. A timestamp may lie outside the range of a `Date`. */
export const clock = (at: number): string => (isDate(at) ? new Date(at).toTimeString().slice(0, 8) : '–');
export const instant = (at: number): string => (isDate(at) ? new Date(at).toISOString() : `${count(at)} ms since 1970`);

const isDate = (at: number): boolean => !Number.isNaN(new Date(at).getTime());
