import type { Block, Document } from './document.ts';

const WIDTH = 24;

/** A report as Markdown. Pure. */
export function markdownOf({ title, subtitle, blocks }: Document): string {
  return `${[`# ${safe(title)}`, safe(subtitle), ...blocks.map(blockOf)].join('\n\n')}\n`;
}

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `## ${safe(block.text)}`;
    case 'text':
      return safe(block.text);
    case 'list':
      return block.items.map((item) => `- ${safe(item)}`).join('\n');
    case 'command':
      return `\`\`\`sh\n${block.text.replaceAll('`', "'")}\n\`\`\``;
    case 'table': {
      const [head = [], ...rows] = block.rows;
      const rule = head.map((_, at) => (block.right.includes(at) ? '---:' : '---'));
      return [head.map(safe), rule, ...rows.map((row) => row.map(safe))].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    }
    case 'bars':
      return `${safe(block.title)}\n\n\`\`\`\n${barLines(block).join('\n')}\n\`\`\``;
    case 'course':
      return `${safe(block.title)}\n\n\`\`\`\n${courseLines(block).join('\n')}\n\`\`\``;
  }
}

/** Names come from clients and providers: nothing of them may become markup. */
function safe(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_[\]<>|#]/g, (sign) => `\\${sign}`);
}

const SHADES = ['█', '▓', '▒', '░', '·'];

/** Bars of letters, with their legend. */
export function barLines({ legend, bars }: Extract<Block, { kind: 'bars' }>): string[] {
  const widest = Math.max(0, ...bars.map(({ label }) => label.length));
  const lines = bars.map(({ label, parts, note }) => {
    let done = 0;
    let sum = 0;
    const cells = parts.map((part, at) => {
      sum += part;
      const end = Math.round(Math.min(1, sum) * WIDTH);
      const width = Math.max(0, end - done);
      done += width;
      return SHADES[at % SHADES.length]!.repeat(width);
    });
    return `${label.padEnd(widest)}  ${cells.join('')}${' '.repeat(WIDTH - done)}  ${note}`.trimEnd();
  });
  return [...lines, legend.map((name, at) => `${SHADES[at % SHADES.length]} ${name}`).join('   ')];
}

const LEVELS = [...'▁▂▃▄▅▆▇█'];

/** Letters of a course at most: a line of a terminal. */
const LETTERS = 72;

/** A course over time as one line of letters; a long one with several points in each. */
export function courseLines({ points, unit }: Extract<Block, { kind: 'course' }>): string[] {
  if (points.length === 0) return ['nothing yet'];
  const most = Math.max(...points.map(({ value }) => value), Number.MIN_VALUE);
  const each = Math.ceil(points.length / LETTERS);
  const shown = Array.from({ length: Math.ceil(points.length / each) }, (_, at) => meanOf(points.slice(at * each, (at + 1) * each)));
  const letters = shown.map((value) => LEVELS[Math.min(LEVELS.length - 1, Math.floor((value / most) * LEVELS.length))]!);
  return [letters.join(''), `highest ${most.toPrecision(3)}${unit}, last ${points.at(-1)!.value.toPrecision(3)}${unit}`];
}

function meanOf(points: readonly { value: number }[]): number {
  return points.reduce((sum, { value }) => sum + value, 0) / points.length;
}
