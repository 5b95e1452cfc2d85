import { EMPTY, filter, fromEvent, map, type Observable } from 'rxjs';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { checkKeys } from '../internal/check-keys.js';
import { aNonEmptyString, checkArgument } from '../internal/check-option.js';
import { thisPage } from './page.js';

/** What was clicked: nothing that somebody typed, and no text that the page shows. */
export interface ClickData {
  /** The element's name, in lower case in HTML. */
  readonly tag: string;
  /** Those that were asked for and that the element has. */
  readonly attributes: Readonly<Record<string, string>>;
}

export type ClickEvent = AnalyticsEvent<'element_clicked', ClickData>;

export interface FromClicksOptions {
  /** Attributes that are told beside all that begin with `data-`. @default ['id', 'name', 'role', 'type'] */
  readonly attributes?: readonly string[] | undefined;
  /** The page. @default the global `window` */
  readonly window?: { readonly document: EventTarget & Pick<ParentNode, 'querySelector'> } | undefined;
}

const DEFAULTS = { attributes: ['id', 'name', 'role', 'type'] };

/**
 * An event for each click on, or inside of, an element that the selector matches.
 *
 * ```
 * <button data-plan="pro"><b>Buy</b></button>
 *
 * clicks   ---x----y----|
 *          fromClicks('button')
 * result   ---e----e-----        e = { type: 'element_clicked', category: 'usage', data: { tag: 'button', attributes: { 'data-plan': 'pro' } } }
 * ```
 *
 * One listener on the document serves all elements, those that come later, too. It comes first (capture), so that no handler of the page can keep a click
 * from it, and it looks into open shadow trees. Of elements that match inside of one another, the innermost is meant. What fields hold is never
 * told: not even the attribute `value` can be asked for.
 *
 * It listens while it is subscribed to, and never ends by itself; where there is no page, it completes at once.
 *
 * @throws TypeError for an option outside its range
 * @throws DOMException for a selector that is none
 * @example
 * const collector = new EventCollector({ sinks: [] });
 * const subscription = fromClicks('button, [data-track]').subscribe((event) => collector.collect(event));
 * subscription.unsubscribe();
 */
export function fromClicks(selector: string, options: FromClicksOptions = {}): Observable<EventInput<ClickEvent>> {
  checkKeys(options, { attributes: true, window: true });
  const { attributes = DEFAULTS.attributes, window = thisPage() } = options;
  checkArgument('selector', selector, aNonEmptyString);
  checkArgument('attributes', attributes, attributeNames);
  if (window === undefined) return EMPTY;
  const { document } = window;
  // An invalid one throws here, and not at the first click.
  document.querySelector(selector);
  const isTold = (name: string): boolean => name.startsWith('data-') || attributes.includes(name);
  return fromEvent(document, 'click', { capture: true }).pipe(
    map((click) =>
      click
        .composedPath()
        .filter(isElement)
        .find((element) => element.matches(selector)),
    ),
    filter((element) => element !== undefined),
    map((element) => ({
      type: 'element_clicked',
      category: 'usage',
      data: {
        tag: element.localName,
        attributes: Object.fromEntries(
          element
            .getAttributeNames()
            .filter(isTold)
            .map((name) => [name, element.getAttribute(name) ?? '']),
        ),
      },
    })),
  );
}

const attributeNames = {
  expected: 'an array of names of attributes other than `value`',
  accepts: (value: unknown) => Array.isArray(value) && value.every((name) => aNonEmptyString.accepts(name) && name !== 'value'),
};

/** A click's path ends with the document and the window. */
function isElement(target: EventTarget): target is Element {
  return typeof (target as Partial<Element>).matches === 'function';
}
