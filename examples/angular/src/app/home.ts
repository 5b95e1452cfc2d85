import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink } from '@angular/router';
import { ARTICLES } from './articles';

@Component({
  selector: 'app-home',
  imports: [RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h1>Articles</h1>
    <ul class="articles">
      @for (article of articles; track article.id) {
        <li>
          <a [routerLink]="['/order', article.id]">{{ article.name }}</a> <span>€ {{ article.price }}</span>
        </li>
      }
    </ul>
  `,
})
export class Home {
  protected readonly articles = ARTICLES;
}
