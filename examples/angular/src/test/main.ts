/** What `npm run test:angular` builds: the same application, which counts its change detection, and can be had without a collector (`?collector=off`). */
import { afterEveryRender, ApplicationRef, inject, provideEnvironmentInitializer, type ApplicationConfig } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { EventCollector } from 'rx-event-collector';
import { EVENT_COLLECTOR } from 'rx-event-collector/angular';
import { App } from '../app/app';
import { appConfig } from '../app/app.config';
import { trackedClicks } from '../app/clicks';
import { collector } from '../app/collector';

const probe = {
  changeDetections: 0,
  isStable: () => false,
  stats: () => ({}),
  track: (_type: string) => 'closed',
  flush: () => Promise.resolve({}),
};
Object.assign(window, { probe });

const counting = provideEnvironmentInitializer(() => {
  const application = inject(ApplicationRef);
  application.isStable.subscribe((isStable) => (probe.isStable = () => isStable));
  const injected = inject(EVENT_COLLECTOR);
  probe.stats = () => injected.stats();
  probe.track = (type) => injected.track(type);
  probe.flush = () => injected.flush();
  afterEveryRender(() => (probe.changeDetections += 1));
});

/** It is asked for, and is none: made without Angular, and turned off. */
const noCollector = { provide: EVENT_COLLECTOR, useFactory: () => new EventCollector({ config: { enabled: false }, sinks: [] }) };

const isOff = location.search === '?collector=off';
const providers = isOff
  ? [...appConfig.providers.filter((each) => each !== collector && each !== trackedClicks), noCollector]
  : appConfig.providers;
const config: ApplicationConfig = { providers: [...providers, counting] };

bootstrapApplication(App, config).catch((error: unknown) => console.error(error));
