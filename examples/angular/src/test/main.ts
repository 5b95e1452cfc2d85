/**
 * What `npm run test:angular` builds: the same application, which counts its change detection. `?collector=off` runs it without a collector,
 * `?collector=small` with that of `small-collector.ts`, and `?collector=visitor` with that of `visitor.ts`.
 */
import { afterEveryRender, ApplicationRef, inject, provideEnvironmentInitializer, type ApplicationConfig } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { EventCollector } from 'rx-event-collector';
import { COLLECTOR } from 'rx-event-collector/angular';
import { App } from '../app/app';
import { appConfig } from '../app/app.config';
import { trackedClicks } from '../app/clicks';
import { collector } from '../app/collector';
import { smallCollector } from '../app/small-collector';
import { visitorCollector } from '../app/visitor';

const probe = {
  changeDetections: 0,
  isStable: () => false,
  stats: () => ({}),
  track: (_type: string, _data?: unknown) => 'closed',
  flush: () => Promise.resolve({}),
};
Object.assign(window, { probe });

const counting = provideEnvironmentInitializer(() => {
  const application = inject(ApplicationRef);
  application.isStable.subscribe((isStable) => (probe.isStable = () => isStable));
  const injected = inject(COLLECTOR);
  probe.stats = () => injected.stats();
  probe.track = (type, data) => injected.track(type, data);
  probe.flush = () => injected.flush();
  afterEveryRender(() => (probe.changeDetections += 1));
});

/** Components need a collector: this one is created without Angular, and disabled. */
const noCollector = { provide: COLLECTOR, useFactory: () => new EventCollector({ config: { enabled: false }, sinks: [] }) };

const withoutCollector = appConfig.providers.filter((each) => each !== collector);
const PROVIDERS: Readonly<Record<string, ApplicationConfig['providers']>> = {
  '?collector=off': [...withoutCollector.filter((each) => each !== trackedClicks), noCollector],
  '?collector=small': [...withoutCollector, smallCollector],
  '?collector=visitor': [...withoutCollector, visitorCollector],
};
const providers = PROVIDERS[location.search] ?? appConfig.providers;
const config: ApplicationConfig = { providers: [...providers, counting] };

bootstrapApplication(App, config).catch((error: unknown) => console.error(error));
