export { attachDevtools, type AttachDevtoolsOptions } from './attach-devtools.js';
export type { DevtoolsControl } from './controls.js';
export { devtoolsHandler, type DevtoolsHandlerOptions } from './devtools-handler.js';
export { devtoolsSource, type DevtoolsSource, type DevtoolsSourceOptions } from './devtools-source.js';
export { defineDevtools, type DevtoolsElement } from './element/define-devtools.js';
export type { ObservedCollector } from './observation.js';
export type * from './protocol.js';
export { remoteSource, type RemoteSourceOptions } from './remote-source.js';
