import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink, RouterOutlet } from '@angular/router';
import { EventPanel } from './event-panel';

@Component({
  selector: 'app-root',
  imports: [EventPanel, RouterLink, RouterOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <nav><a routerLink="/">Articles</a> <a routerLink="/help">Help</a></nav>
    <main><router-outlet /></main>
    <app-event-panel />
  `,
})
export class App {}
