import { type CSSVariablesResolver, createTheme, localStorageColorSchemeManager, type MantineColorsTuple } from '@mantine/core';

/** The one accent: what is owned. Everything rented is drawn in greys. */
const owned: MantineColorsTuple = [
  '#eef8f2',
  '#dcefe3',
  '#b6dec6',
  '#8dcba8',
  '#67b98c',
  '#48a877',
  '#2f8f60',
  '#217a50',
  '#1b6743',
  '#124c31',
];

/** Greys with the page's warmth, for what Mantine draws with them. */
const gray: MantineColorsTuple = [
  '#f8f7f3',
  '#efede6',
  '#e5e3db',
  '#d8d5ca',
  '#c9c6bb',
  '#aaa79b',
  '#83817a',
  '#5b625d',
  '#3d423e',
  '#1c211e',
];

const dark: MantineColorsTuple = [
  '#e6e9e5',
  '#c3c9c4',
  '#9ba49d',
  '#6f7871',
  '#404842',
  '#333a35',
  '#282e2a',
  '#191d1a',
  '#151916',
  '#121513',
];

const FONT = '"Inter Variable", ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif';
const MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, monospace';

export const theme = createTheme({
  colors: { owned, gray, dark },
  primaryColor: 'owned',
  primaryShade: 7,
  fontFamily: FONT,
  fontFamilyMonospace: MONO,
  headings: { fontFamily: FONT, fontWeight: '620' },
  defaultRadius: 'sm',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** Mantine's own surfaces take the page's colours, which styles.css names. */
export const cssVariablesResolver: CSSVariablesResolver = () => {
  const surfaces = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-soft)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-placeholder': 'var(--ink-soft)',
    '--mantine-color-anchor': 'var(--accent)',
    '--mantine-color-error': 'var(--bad)',
  };
  return { variables: {}, light: surfaces, dark: surfaces };
};

/** The key is read by public/scheme.js before the first paint. */
export const schemeManager = localStorageColorSchemeManager({ key: 'freehold-scheme' });

/** What the gateway allows style elements of this page to be made with. */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
}
