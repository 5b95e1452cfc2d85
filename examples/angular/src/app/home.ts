import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink } from '@angular/router';

@Component({
  selector: 'app-home',
  imports: [RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <h1>Articles</h1>
    <ul>
      @for (article of articles; track article) {
        <li>
          <a [routerLink]="['/order', article]">{{ article }}</a>
        </li>
      }
    </ul>
  `,
})
export class Home {
  protected readonly articles = ['teapot', 'kettle', 'cup'];
}
