import { provideZoneChangeDetection } from '@angular/core';

/** `ng build --configuration zoneless` puts `change-detection.zoneless.ts` in its place. */
export const provideChangeDetection = () => provideZoneChangeDetection({ eventCoalescing: true });
