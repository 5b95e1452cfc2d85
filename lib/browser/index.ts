export { withPageLifecycle, type PageLifecycleOptions } from './with-page-lifecycle.js';
export type { Page } from './page.js';
export { pageViews, type PageViewData, type PageViewEvent, type PageViewsOptions, type ViewedPage } from './page-views.js';
export { errors, type ErrorsOptions, type PageErrorEvent } from './errors.js';
export { clicks, type ClickData, type ClickEvent, type ClicksOptions } from './clicks.js';
export { pageTransport, type PageTransportOptions, type SendingPage } from './page-transport.js';
