import { provideZoneChangeDetection } from '@angular/core';

/** `ng build --configuration zoneless` replaces it by `change-detection.zoneless.ts`. */
export const provideChangeDetection = () => provideZoneChangeDetection({ eventCoalescing: true });
