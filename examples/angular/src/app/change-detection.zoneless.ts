import { provideZonelessChangeDetection } from '@angular/core';

export const provideChangeDetection = () => provideZonelessChangeDetection();
