/** As `main.server.ts`, but counts the collectors of all requests, in `globalThis.collectors`. */
import { inject, mergeApplicationConfig, provideEnvironmentInitializer } from '@angular/core';
import { bootstrapApplication, type BootstrapContext } from '@angular/platform-browser';
import { EVENT_COLLECTOR } from 'rx-event-collector/angular';
import { App } from '../app/app';
import { serverConfig } from '../app/app.config.server';

const collectors = { begun: 0, ended: 0, received: 0, references: [] as WeakRef<object>[] };
Object.assign(globalThis, { collectors });

const counting = provideEnvironmentInitializer(() => {
  const collector = inject(EVENT_COLLECTOR);
  const { references } = collectors;
  collectors.begun += 1;
  references.push(new WeakRef(collector));
  collector.stats$.subscribe({
    complete: () => {
      collectors.ended += 1;
    },
  });
  collector.events$.subscribe(() => (collectors.received += 1));
});
const config = mergeApplicationConfig(serverConfig, { providers: [counting] });

export default (context: BootstrapContext) => bootstrapApplication(App, config, context);
