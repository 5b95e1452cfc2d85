import { HttpClient } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { injectTrack } from 'rx-event-collector/angular';
import type { ShopEvent } from './events';

/** A failing request, an error and a rejected promise, each by a button. */
@Component({
  selector: 'app-help',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h1>Help</h1>
    <button type="button" data-track="call" (click)="call()">Call us</button>
    <button type="button" data-track="break" (click)="break()">Break something</button>
    <button type="button" data-track="promise" (click)="promise()">Break a promise</button>
    <p role="status">{{ answer() }}</p>
  `,
})
export class Help {
  protected readonly answer = signal('');
  readonly #http = inject(HttpClient);
  readonly #track = injectTrack<ShopEvent>();

  protected call(): void {
    this.#track('help_called');
    this.#http.get('/help-desk?for=me').subscribe({ error: () => this.answer.set('No answer.') });
  }

  protected break(): void {
    throw new RangeError('Broken on purpose');
  }

  protected promise(): void {
    void Promise.reject(new RangeError('Promised, and broken'));
  }
}
