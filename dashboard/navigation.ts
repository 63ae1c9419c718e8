import { type ComponentType, createElement, lazy, useState } from 'react';
import type { IconName } from './components/icon.tsx';

export interface NavigationEntry {
  /** Below /dashboard. */
  path: string;
  title: string;
  icon: IconName;
  /** Gets all that is below its path. */
  page: ComponentType;
  /** Loads the page ahead. Settles also when that failed: whoever shows the page hears of it. */
  load(): Promise<void>;
}

/** All pages, in the order of the navigation. A page is a folder in pages/ whose index exports a component by default. */
export const NAVIGATION: readonly NavigationEntry[] = [
  entry('/', 'Overview', 'overview', () => import('./pages/overview/index.tsx')),
  entry('/live', 'Live', 'live', () => import('./pages/live/index.tsx')),
  entry('/exchanges', 'Exchanges', 'exchanges', () => import('./pages/exchanges/index.tsx')),
  entry('/routing', 'Routing', 'routing', () => import('./pages/routing/index.tsx')),
  entry('/models', 'Models', 'models', () => import('./pages/models/index.tsx')),
  entry('/evidence', 'Evidence', 'evidence', () => import('./pages/evidence/index.tsx')),
  entry('/egress', 'Egress', 'egress', () => import('./pages/egress/index.tsx')),
  entry('/reports', 'Reports', 'reports', () => import('./pages/reports/index.tsx')),
  entry('/keys', 'Keys and budgets', 'keys', () => import('./pages/keys/index.tsx')),
  entry('/settings', 'Settings', 'settings', () => import('./pages/settings/index.tsx')),
];

/** The entry that an address belongs to. @param path below /dashboard */
export function entryAt(path: string): NavigationEntry | undefined {
  return NAVIGATION.find(({ path: at }) => (at === '/' ? path === '/' : path === at || path.startsWith(`${at}/`)));
}

/** A page that was loaded ahead is drawn at once: React holds one that it has to wait for back for 300 ms. */
function entry(path: string, title: string, icon: IconName, load: () => Promise<{ default: ComponentType }>): NavigationEntry {
  let loaded: ComponentType | undefined;
  const Later = lazy(load);
  return {
    path,
    title,
    icon,
    page: () => {
      // Chosen once, so that a page on show is not begun anew when it is loaded again.
      const [shown] = useState<ComponentType>(() => loaded ?? Later);
      return createElement(shown);
    },
    load: () =>
      load().then(
        ({ default: page }) => {
          loaded = page;
        },
        () => undefined,
      ),
  };
}
