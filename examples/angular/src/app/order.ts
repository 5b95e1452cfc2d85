import { ChangeDetectionStrategy, Component, input, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';
import { injectTrack } from 'rx-event-collector/angular';
import type { ShopEvent } from './events';

@Component({
  selector: 'app-order',
  imports: [FormsModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h1>Order a {{ article() }}</h1>
    <form (ngSubmit)="place()">
      <label>Quantity <input name="quantity" type="number" min="1" [(ngModel)]="quantity" /></label>
      <button type="submit">Place order</button>
    </form>
    @if (placed()) {
      <p role="status">Thank you.</p>
    }
  `,
})
export class Order {
  /** From the route. */
  readonly article = input.required<string>();
  protected readonly quantity = signal(1);
  protected readonly placed = signal(false);
  readonly #track = injectTrack<ShopEvent>();

  protected place(): void {
    this.#track('order_placed', { article: this.article(), quantity: this.quantity() });
    this.placed.set(true);
  }
}
