import { HttpClient } from '@angular/common/http';
import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { injectTrack } from 'rx-event-collector/angular';
import type { ShopEvent } from './events';

/** Whatever can go wrong, at the press of a button. */
@Component({
  selector: 'app-help',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h1>Help</h1>
    <button type="button" (click)="call()">Call somebody</button>
    <button type="button" (click)="break()">Break something</button>
    <p role="status">{{ answer() }}</p>
  `,
})
export class Help {
  protected readonly answer = signal('');
  readonly #http = inject(HttpClient);

  constructor() {
    injectTrack<ShopEvent>()('help_opened');
  }

  protected call(): void {
    this.#http.get('/help-desk?for=me').subscribe({ error: () => this.answer.set('Nobody is there.') });
  }

  protected break(): void {
    throw new RangeError('Broken on purpose');
  }
}
