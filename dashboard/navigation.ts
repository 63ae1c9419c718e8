import { type ComponentType, lazy } from 'react';
import type { IconName } from './components/icon.tsx';

export interface NavigationEntry {
  /** Below /dashboard. */
  path: string;
  title: string;
  icon: IconName;
  /** Loaded when it is first opened. Gets all that is below its path. */
  page: ComponentType;
}

/** All pages, in the order of the navigation. A page is a folder in pages/ whose index exports a component by default. */
export const NAVIGATION: readonly NavigationEntry[] = [
  { path: '/', title: 'Overview', icon: 'overview', page: lazy(() => import('./pages/overview/index.tsx')) },
  { path: '/live', title: 'Live', icon: 'live', page: lazy(() => import('./pages/live/index.tsx')) },
  { path: '/exchanges', title: 'Exchanges', icon: 'exchanges', page: lazy(() => import('./pages/exchanges/index.tsx')) },
  { path: '/routing', title: 'Routing', icon: 'routing', page: lazy(() => import('./pages/routing/index.tsx')) },
  { path: '/models', title: 'Models', icon: 'models', page: lazy(() => import('./pages/models/index.tsx')) },
  { path: '/evidence', title: 'Evidence', icon: 'evidence', page: lazy(() => import('./pages/evidence/index.tsx')) },
  { path: '/egress', title: 'Egress', icon: 'egress', page: lazy(() => import('./pages/egress/index.tsx')) },
  { path: '/keys', title: 'Keys and budgets', icon: 'keys', page: lazy(() => import('./pages/keys/index.tsx')) },
  { path: '/settings', title: 'Settings', icon: 'settings', page: lazy(() => import('./pages/settings/index.tsx')) },
];
