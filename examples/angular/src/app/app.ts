import { ChangeDetectionStrategy, Component, signal } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { EventPanel } from './event-panel';

@Component({
  selector: 'app-root',
  imports: [EventPanel, RouterLink, RouterLinkActive, RouterOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <header>
      <strong>Tea &amp; Telemetry</strong>
      <nav>
        <a routerLink="/" routerLinkActive="active" [routerLinkActiveOptions]="{ exact: true }">Articles</a>
        <a routerLink="/help" routerLinkActive="active">Help</a>
      </nav>
      <button type="button" (click)="isPanelOpen.set(!isPanelOpen())" [attr.aria-expanded]="isPanelOpen()">Events</button>
    </header>
    <main><router-outlet /></main>
    @if (isPanelOpen()) {
      <app-event-panel />
    }
  `,
})
export class App {
  protected readonly isPanelOpen = signal(true);
}
