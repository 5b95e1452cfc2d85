import type { Routes } from '@angular/router';
import { Help } from './help';
import { Home } from './home';
import { Order } from './order';

export const routes: Routes = [
  { path: '', component: Home },
  { path: 'order/:article', component: Order },
  { path: 'help', component: Help },
  { path: '**', redirectTo: '' },
];
