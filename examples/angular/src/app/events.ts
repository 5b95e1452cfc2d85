import type { AnalyticsEvent } from 'rx-event-collector';

/** Everything that this application tracks by hand. */
export type ShopEvent =
  AnalyticsEvent<'order_placed', { readonly article: string; readonly quantity: number }> | AnalyticsEvent<'help_called'>;
