/** Strokes on a grid of 20, drawn for this page. */
const STROKES = {
  overview: 'M3 11.5 10 4l7 7.5M5.5 9.5V16h9V9.5M10 16v-4',
  live: 'M2.5 10.5h3l2-5.5 4 10 2.2-6 1 1.5h2.8',
  exchanges: 'M4 6.5h11.5m-3-3 3 3-3 3M16 13.5H4.5m3-3-3 3 3 3',
  routing: 'M3.5 10H7c3 0 3-5 6-5h3.5M7 10c3 0 3 5 6 5h3.5m-2-12 2 2-2 2m0 6 2 2-2 2',
  models: 'M10 3l6.5 3.5v7L10 17l-6.5-3.5v-7zM3.5 6.5 10 10l6.5-3.5M10 10v7',
  evidence: 'M7.5 3.5h5M8.5 3.5v5L4.2 15a1 1 0 0 0 .9 1.5h9.8a1 1 0 0 0 .9-1.5L11.5 8.5v-5M6.4 12h7.2',
  egress: 'M11 4H4.5v12H11M8.5 10h8m-3-3 3 3-3 3',
  reports: 'M5 3h6.5L15 6.5V17H5zM11.5 3v3.5H15M7.5 10h5M7.5 13h5',
  keys: 'M12.5 11.5a4 4 0 1 0-3.9-3.1L3.5 13.5v3h3v-2h2v-2l1.6-1.6c.7.4 1.5.6 2.4.6zM13 7h.01',
  settings: 'M3.5 6h7m4 0h2m-13 8h2m4 0h7M12.5 4v4m-5 4v4',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1 1M14.7 14.7l1 1M4.3 15.7l1-1M14.7 5.3l1-1',
  moon: 'M16 12.2A6.5 6.5 0 0 1 7.8 4a6.5 6.5 0 1 0 8.2 8.2z',
  auto: 'M3 4.5h14v9H3zM7 17h6M10 13.5V17',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  close: 'm5 5 10 10M15 5 5 15',
  leave: 'M8 4H4v12h4M8.5 10H17m-3-3 3 3-3 3',
  up: 'M10 16V4m-4.5 4.5L10 4l4.5 4.5',
  down: 'M10 4v12m-4.5-4.5L10 16l4.5-4.5',
  right: 'm7.5 4.5 5.5 5.5-5.5 5.5',
  left: 'M12.5 4.5 7 10l5.5 5.5',
} as const;

export type IconName = keyof typeof STROKES;

/** A small drawing beside a word. It says nothing by itself: screen readers pass it over. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={STROKES[name]} />
    </svg>
  );
}
