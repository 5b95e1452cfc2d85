// This entry is also imported on servers, by projects without DOM types: there, these types are plain event targets.

/** `Element` of a page. */
export type PageElement = typeof globalThis extends { readonly Element: { readonly prototype: infer E extends EventTarget } }
  ? E
  : EventTarget;

/** `HTMLElement` of a page. */
export type PageHtmlElement = typeof globalThis extends { readonly HTMLElement: { readonly prototype: infer E extends EventTarget } }
  ? E
  : EventTarget;
