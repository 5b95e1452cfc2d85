export { withPageLifecycle, type PageLifecycleOptions } from './with-page-lifecycle.js';
export type { Page } from './page.js';
