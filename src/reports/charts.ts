import { type Block, moment, percent, type Tone } from './document.ts';
import { escaped } from './escape.ts';

/** Apart in lightness too, for those who see few colours. */
const COLOURS: Readonly<Record<Tone, string>> = {
  own: '#1b7f5c',
  leased: '#5aa9a0',
  proven: '#8fb8de',
  vendor: '#d9a441',
  none: '#c4cbd3',
};

const WIDTH = 720;
const LABEL = 170;
const NOTE = 150;
const ROW = 26;

/** Shares as bars from 0 to 100%, in parts, with a line where one is aimed at. */
export function barsSvg({ title, legend, tones, bars, line }: Extract<Block, { kind: 'bars' }>): string {
  const room = WIDTH - LABEL - NOTE;
  const height = bars.length * ROW + 34;
  const shapes = bars.map(({ label, parts, note }, row) => {
    const y = row * ROW + 4;
    let x = LABEL;
    const rects = parts.map((part, at) => {
      const width = Math.max(0, Math.min(1, part)) * room;
      const rect = `<rect x="${n(x)}" y="${y}" width="${n(width)}" height="16" fill="${COLOURS[tones[at]!]}"><title>${escaped(`${legend[at]}: ${percent(part)}`)}</title></rect>`;
      x += width;
      return rect;
    });
    return `<text x="${LABEL - 8}" y="${y + 12}" text-anchor="end">${escaped(short(label))}</text>${rects.join('')}<text class="soft" x="${LABEL + room + 8}" y="${y + 12}">${escaped(note)}</text>`;
  });
  const aim =
    line === undefined
      ? ''
      : `<line class="line" x1="${n(LABEL + line * room)}" x2="${n(LABEL + line * room)}" y1="0" y2="${bars.length * ROW}"/><text class="soft" x="${n(LABEL + line * room)}" y="${bars.length * ROW + 10}" text-anchor="middle">${percent(line)}</text>`;
  let at = 0;
  const keys = legend.map((name, index) => {
    const x = at;
    at += name.length * 6.2 + 34;
    return `<rect x="${n(x)}" y="${height - 12}" width="10" height="10" fill="${COLOURS[tones[index]!]}"/><text class="soft" x="${n(x + 14)}" y="${height - 3}">${escaped(name)}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">${shapes.join('')}${aim}${keys.join('')}</svg>`;
}

const HEIGHT = 180;
const LEFT = 48;
const BOTTOM = 24;

/** A course over time. Its highest value, or the line that is aimed at, is the top. */
export function courseSvg({ title, unit, of, points, line }: Extract<Block, { kind: 'course' }>): string {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return '<p>Nothing yet.</p>';
  const top = Math.max(...points.map(({ value }) => value), line ?? 0) || 1;
  const x = (at: number) => LEFT + ((at - first.at) / (last.at - first.at || 1)) * (WIDTH - LEFT - 8);
  const y = (value: number) => 8 + (1 - value / top) * (HEIGHT - BOTTOM - 8);
  const path = points.map(({ at, value }, index) => `${index ? 'L' : 'M'}${n(x(at))} ${n(y(value))}`).join('');
  const marks = [0, top / 2, top].map(
    (value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - 8}" y1="${n(y(value))}" y2="${n(y(value))}"/><text class="soft" x="${LEFT - 6}" y="${n(y(value) + 4)}" text-anchor="end">${Number(value.toPrecision(2))}${escaped(unit)}</text>`,
  );
  const aim =
    line === undefined
      ? ''
      : `<line class="line" x1="${LEFT}" x2="${WIDTH - 8}" y1="${n(y(line))}" y2="${n(y(line))}"/><text class="soft" x="${WIDTH - 8}" y="${n(y(line) - 4)}" text-anchor="end">${Number(line.toPrecision(3))}${escaped(unit)}</text>`;
  const ends = `<text class="soft" x="${LEFT}" y="${HEIGHT - 6}">${moment(of, first.at)}</text><text class="soft" x="${WIDTH - 8}" y="${HEIGHT - 6}" text-anchor="end">${moment(of, last.at)}</text>`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">${marks.join('')}${aim}<path d="${path}" fill="none" stroke="${COLOURS.own}" stroke-width="2"/>${ends}</svg>`;
}

/** A coordinate without noise. */
function n(value: number): string {
  return String(Number(value.toFixed(1)));
}

const LONGEST = 24;

function short(label: string): string {
  return label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label;
}
