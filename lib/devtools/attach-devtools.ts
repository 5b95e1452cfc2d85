import { Subscription } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { isFunction, isObject, oneOf, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { devtoolsSource, sourceRows, type DevtoolsSourceOptions } from './devtools-source.js';
import { DEVTOOLS_TAG, defineDevtools } from './element/define-devtools.js';
import type { ObservedCollector } from './observation.js';
import type { PageElement } from './page-types.js';

export interface AttachDevtoolsOptions extends DevtoolsSourceOptions {
  /** The element's parent. @default `document.body`, docked at the bottom of the window */
  readonly parent?: PageElement | undefined;
  /** @default the system's theme */
  readonly theme?: 'light' | 'dark' | undefined;
}

const aParent: Expectation = { expected: 'an element', accepts: (value) => isObject(value) && isFunction(value.append) };

const OPTIONS = /* @__PURE__ */ optionsOf<AttachDevtoolsOptions, 'setConsent' | 'parent' | 'theme'>(() => ({
  ...sourceRows(),
  parent: [aParent],
  theme: [oneOf(['light', 'dark'])],
}));

/**
 * Shows a collector of this page: registers the element, and adds it to the page. Unsubscribe to remove it; the user can close it as well.
 *
 * A removed element keeps no subscription, timer or listener.
 *
 * @throws TypeError for an invalid collector, and for an invalid or unknown option
 */
export function attachDevtools<E extends AnalyticsEvent = AnalyticsEvent>(
  collector: ObservedCollector<E>,
  options?: AttachDevtoolsOptions,
): Subscription {
  const { parent, theme, ...sourceOptions } = OPTIONS.parse(options);
  const source = devtoolsSource(collector, sourceOptions);
  defineDevtools();
  const element = document.createElement(DEVTOOLS_TAG);
  const focused = document.activeElement;
  element.source = source;
  element.tabIndex = -1;
  element.setAttribute('role', 'complementary');
  element.setAttribute('aria-label', 'Devtools of the event collector');
  if (theme !== undefined) element.setAttribute('theme', theme);
  element.toggleAttribute('docked', parent === undefined);
  const attached = new Subscription(() => {
    // Restore the focus only if it was inside the element: otherwise the user is working elsewhere in the page.
    const isFocused = element.matches(':focus-within');
    element.remove();
    if (isFocused && focused instanceof HTMLElement) focused.focus();
  });
  element.addEventListener('close', () => {
    attached.unsubscribe();
  });
  element.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && parent === undefined) attached.unsubscribe();
  });
  (parent ?? document.body).append(element);
  if (parent === undefined) element.focus();
  return attached;
}
