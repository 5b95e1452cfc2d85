import { EMPTY, merge, type Observable } from 'rxjs';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { aNonEmptyString, anInteger, checkArgument, isObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import { fromDomEvent, methodOf, valueOf } from './dom.js';
import { thisPage } from './page.js';
import { truncate } from './truncate.js';

/** The clicked element, without its text and without what the user typed. */
export interface ClickData {
  /** The element's name; lower case in HTML. */
  readonly tag: string;
  /** The requested attributes that the element has. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Set for a click with the middle button, which opens a link in a new tab. */
  readonly button?: 'middle';
}

export type ClickEvent = AnalyticsEvent<'element_clicked', ClickData>;

/** The part of a `window` that clicks are read from. */
export interface ClickedPage {
  readonly document: EventTarget & { querySelector(selectors: string): unknown };
}

export interface FromClicksOptions {
  /** Attributes to report, in addition to all that begin with `data-`; never `value`. @default ['id', 'name', 'role', 'type'] */
  readonly attributes?: readonly string[] | undefined;
  /** UTF-8 bytes of one attribute's value, ≥ 0 or `Infinity`; longer values are truncated. @default 1_024 */
  readonly maxValueBytes?: number | undefined;
  /** The page. @default the global `window` */
  readonly window?: ClickedPage | undefined;
}

const attributeNames = {
  expected: 'an array of names of attributes other than `value`',
  accepts: (value: unknown) => Array.isArray(value) && value.every((name) => aNonEmptyString.accepts(name) && name !== 'value'),
};

const OPTIONS = /* @__PURE__ */ optionsOf<FromClicksOptions, 'window'>(() => ({
  attributes: [attributeNames, ['id', 'name', 'role', 'type']],
  maxValueBytes: [/* @__PURE__ */ anInteger(0, true), 1_024],
  window: [{ expected: 'a window', accepts: (value) => isObject(value) && isObject(value.document) }],
}));

/**
 * Emits an event for each click on an element that matches the selector, or inside one.
 *
 * ```
 * <button data-plan="pro"><b>Buy</b></button>
 *
 * clicks   ---x----y----
 *          fromClicks('button')
 * result   ---e----e----        e = { type: 'element_clicked', category: 'usage', data: { tag: 'button', attributes: { 'data-plan': 'pro' } } }
 * ```
 *
 * One capturing listener on the document serves all elements, including those added later and those in open shadow trees; handlers of the page can't
 * hide a click from it. If several nested elements match, the innermost is reported. The text of elements and the value of fields are never reported.
 *
 * Clicks with the middle button are reported for links only, which they open in a new tab, with `button: 'middle'`. Elsewhere they do nothing.
 *
 * It listens while subscribed, never completes and never fails: a click that can't be read is left out. Without a page it completes immediately.
 *
 * @throws TypeError for an invalid or unknown option
 * @throws DOMException for an invalid selector
 * @example
 * const collector = new EventCollector({ sinks: [] });
 * const subscription = fromClicks('button, [data-track]').subscribe((event) => collector.collect(event));
 * subscription.unsubscribe();
 */
export function fromClicks(selector: string, options: FromClicksOptions = {}): Observable<EventInput<ClickEvent>> {
  checkArgument('selector', selector, aNonEmptyString);
  const { attributes, maxValueBytes, window = thisPage() } = OPTIONS.parse(options);
  if (window === undefined) return EMPTY;
  const { document } = window;
  // An invalid selector throws here, and not at the first click.
  methodOf(document, 'querySelector').call(document, selector);

  const isReported = (name: string): boolean => name !== 'value' && (name.startsWith('data-') || attributes.includes(name));
  const readAttributes = (element: Element): ClickData['attributes'] =>
    Object.fromEntries(
      methodOf(element, 'getAttributeNames')
        .call(element)
        .filter(isReported)
        .map((name) => [name, truncate(methodOf(element, 'getAttribute').call(element, name) ?? '', maxValueBytes)]),
    );
  const read = (click: Event, button?: 'middle'): EventInput<ClickEvent> | undefined => {
    const element = elementOf(click, selector);
    const tag = element && valueOf(element, 'localName');
    if (tag === undefined) return undefined;
    const data = { tag, attributes: readAttributes(element as Element), ...(button !== undefined && { button }) };
    return { type: 'element_clicked', category: 'usage', data };
  };
  const readMiddle = (click: MouseEvent): EventInput<ClickEvent> | undefined =>
    click.button === 1 && elementOf(click, LINK) !== undefined ? read(click, 'middle') : undefined;
  return merge(
    fromDomEvent(document, 'click', (click) => read(click), true),
    fromDomEvent(document, 'auxclick', readMiddle, true),
  );
}

const LINK = 'a[href], area[href]';

/** The innermost element on an event's path that matches. */
function elementOf(event: Event, selector: string): Element | undefined {
  // A path ends with the document and the window, for which `matches` throws.
  const isMatch = (target: EventTarget): boolean =>
    tryGet(() => methodOf(target as Element, 'matches').call(target as Element, selector)) === true;
  return event.composedPath().find(isMatch) as Element | undefined;
}
