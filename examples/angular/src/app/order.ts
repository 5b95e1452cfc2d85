import { ChangeDetectionStrategy, Component, computed, input, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';
import { RouterLink } from '@angular/router';
import { injectTrack } from 'rx-event-collector/angular';
import { ARTICLES } from './articles';
import type { ShopEvent } from './events';

@Component({
  selector: 'app-order',
  imports: [FormsModule, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (ordered(); as article) {
      <h1>{{ article.name }}, € {{ article.price }}</h1>
      <form (ngSubmit)="place()">
        <label>Quantity <input name="quantity" type="number" min="1" [(ngModel)]="quantity" /></label>
        <button type="submit" data-track="place_order">Place order</button>
      </form>
      @if (placed()) {
        <p role="status">Thank you.</p>
      }
    } @else {
      <h1>There is no such article</h1>
    }
    <p><a routerLink="/">All articles</a></p>
  `,
})
export class Order {
  /** From the route. */
  readonly article = input.required<string>();
  protected readonly ordered = computed(() => ARTICLES.find(({ id }) => id === this.article()));
  protected readonly quantity = signal(1);
  protected readonly placed = signal(false);
  readonly #track = injectTrack<ShopEvent>();

  protected place(): void {
    this.#track('order_placed', { article: this.article(), quantity: this.quantity() });
    this.placed.set(true);
  }
}
