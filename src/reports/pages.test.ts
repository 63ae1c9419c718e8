import { describe, expect, it } from 'vitest';
import { barsSvg, courseSvg } from './charts.ts';
import { count, type Document, dollars, percent } from './document.ts';
import { htmlOf } from './html.ts';
import { courseLines, markdownOf } from './markdown.ts';

const HOSTILE = `<script>alert("x")</script>|*_[a](javascript:x)\``;

const page: Document = {
  title: HOSTILE,
  subtitle: HOSTILE,
  blocks: [
    { kind: 'heading', text: HOSTILE },
    { kind: 'text', text: HOSTILE },
    { kind: 'list', items: [HOSTILE] },
    { kind: 'command', text: `freehold ${HOSTILE}` },
    {
      kind: 'table',
      rows: [
        [HOSTILE, 'n'],
        [HOSTILE, '1'],
      ],
      right: [1],
    },
    {
      kind: 'bars',
      title: HOSTILE,
      legend: [HOSTILE, 'b'],
      tones: ['own', 'vendor'],
      bars: [{ label: HOSTILE, parts: [0.5, 0.5], note: HOSTILE }],
      line: 0.8,
    },
    {
      kind: 'course',
      title: HOSTILE,
      unit: HOSTILE,
      of: 'hour',
      points: [
        { at: 0, value: 1 },
        { at: 86_400_000, value: 3 },
      ],
      line: 2,
    },
  ],
};

describe('reports on paper', () => {
  it('HTML: nothing that a model or client named becomes markup, and nothing is fetched', () => {
    const html = htmlOf(page);
    expect(html).not.toMatch(/<script|onload=|https?:|javascript:x\)"/);
    expect(html.match(/&lt;script&gt;/g)!.length).toBeGreaterThan(8);
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('@media print');
    const open = [...html.matchAll(/<(\w+)[^>]*?(\/?)>/g)].filter(([, name, closed]) => !closed && !['meta', 'doctype'].includes(name!));
    expect(open.length).toBe([...html.matchAll(/<\/\w+>/g)].length);
  });

  it('Markdown: signs stay signs, a table stays a table', () => {
    const text = markdownOf(page);
    expect(text).not.toMatch(/(?<!\\)<script(?![\s\S]*```)/);
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(4);
  });

  it('bars add up, also where shares do not round; a course of one point has no holes', () => {
    const bars = {
      kind: 'bars',
      title: 't',
      legend: ['a', 'b', 'c'],
      tones: ['own', 'leased', 'vendor'],
      bars: [{ label: 'x', parts: [1 / 3, 1 / 3, 1 / 3], note: '' }],
    } as const;
    const widths = [...barsSvg(bars).matchAll(/<rect x="[\d.]+" y="4" width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toHaveLength(3);
    expect(widths.reduce((sum, width) => sum + width, 0)).toBeCloseTo(400, 0);
    expect(courseSvg({ kind: 'course', title: 't', unit: '', of: 'day', points: [{ at: 5, value: 0 }] })).not.toMatch(/NaN|Infinity/);
    expect(courseSvg({ kind: 'course', title: 't', unit: '', of: 'day', points: [] })).toContain('Nothing yet');
  });

  it('a course of half a year is a line of a terminal', () => {
    const points = Array.from({ length: 180 }, (_, at) => ({ at: at * 86_400_000, value: at }));
    const [line] = courseLines({ kind: 'course', title: 't', unit: '%', of: 'day', points });
    expect(line).toHaveLength(60);
    expect([line!.at(0), line!.at(-1)]).toEqual(['▁', '█']);
  });

  it.each([
    [dollars(0), '$0'],
    [dollars(1_234_500_000), '$1.23'],
    [dollars(-2_000_000_000), '-$2.00'],
    [dollars(4_200), '$0.0000042'],
    [dollars(12_345_678e9), '$12,345,678'],
    [count(999), '999'],
    [count(9_999), '9,999'],
    [count(12_345), '12.3k'],
    [count(1_500_000), '1.50M'],
    [count(2.5), '2.5'],
    [percent(null), '–'],
    [percent(0), '0%'],
    [percent(0.004), '0.4%'],
    [percent(0.8), '80%'],
    [percent(-0.25), '-25%'],
  ])('%s', (found, expected) => expect(found).toBe(expected));
});
