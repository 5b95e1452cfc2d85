import type { AnalyticsEvent } from 'rx-event-collector';

/** The events that this application tracks itself. */
export type ShopEvent =
  AnalyticsEvent<'order_placed', { readonly article: string; readonly quantity: number }> | AnalyticsEvent<'help_called'>;
