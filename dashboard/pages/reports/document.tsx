import { Button } from '@mantine/core';
import type { Block, Document, DocumentView } from '../../../src/http/contract.ts';
import { Copy } from '../../components/copy.tsx';
import { percent } from '../../components/format.ts';
import { Section } from '../../components/page.tsx';
import { ShareBar } from '../../components/share-bar.tsx';
import { Trend } from '../../components/trend.tsx';

type Of<Kind extends Block['kind']> = Extract<Block, { kind: Kind }>;

/** A report, and the files that it can be taken away as. */
export function Taken({ view: { document, html, markdown }, name }: { view: DocumentView; name: string }) {
  return (
    <div className="stack">
      <div className="row">
        <Button variant="default" size="xs" onClick={() => save(`${name}.html`, 'text/html', html)}>
          Save as HTML
        </Button>
        <Button variant="default" size="xs" onClick={() => save(`${name}.md`, 'text/markdown', markdown)}>
          Save as Markdown
        </Button>
        <span className="soft">The HTML file needs nothing else and prints to PDF.</span>
      </div>
      <DocumentSections document={document} />
    </div>
  );
}

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = window.document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** A report as the gateway wrote it: a section for each heading, the first for what stands before them. */
function DocumentSections({ document: { title, subtitle, blocks } }: { document: Document }) {
  const sections: { title: string; about?: string; blocks: Block[] }[] = [{ title, about: subtitle, blocks: [] }];
  for (const block of blocks) {
    if (block.kind === 'heading') sections.push({ title: block.text, blocks: [] });
    else sections.at(-1)!.blocks.push(block);
  }
  return sections.map((section) => (
    <Section key={section.title} title={section.title} about={section.about}>
      <div className="stack">
        {section.blocks.map((block, at) => (
          <Shown key={at} block={block} name={section.title} />
        ))}
      </div>
    </Section>
  ));
}

function Shown({ block, name }: { block: Block; name: string }) {
  switch (block.kind) {
    case 'heading':
      return null;
    case 'text':
      return <p>{block.text}</p>;
    case 'list':
      return (
        <ul className="report-list">
          {block.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      );
    case 'command':
      return <Copy text={block.text} />;
    case 'table':
      return <Table {...block} caption={name} />;
    case 'bars':
      return <Bars {...block} />;
    case 'course':
      return <Course {...block} />;
  }
}

function Table({ rows: [head = [], ...rows], right, caption }: Of<'table'> & { caption: string }) {
  const end = (at: number) => (right.includes(at) ? 'end' : undefined);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className="table-scroll" tabIndex={0} aria-label={caption}>
      <table className="table">
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={cell || at} scope="col" data-align={end(at)}>
                {cell || <span className="unseen">What</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.join('\0')}>
              {row.map((cell, at) => (
                <td key={head[at] || at} data-align={end(at)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Bars({ title, legend, tones, bars, line }: Of<'bars'>) {
  return (
    <div className="stack">
      <p className="soft">{title}</p>
      {bars.map(({ label, parts, note }) => (
        <div key={label} className="report-bar">
          <p>
            <b>{label}</b> <span className="soft">{note}</span>
          </p>
          <ShareBar
            label={`${label}: ${note}${line === undefined ? '' : `; the line is at ${percent(line)}`}`}
            shares={parts.map((value, at) => ({ name: legend[at]!, value, tone: tones[at]! }))}
          />
        </div>
      ))}
    </div>
  );
}

function Course({ title, unit, of, points, line }: Of<'course'>) {
  const written = (value: number) => `${Number(value.toPrecision(3))}${unit}`;
  return (
    <Trend
      label={title}
      points={points}
      series={[{ key: 'value', name: title, tone: 'own' }]}
      form={written}
      moment={(at) => (of === 'day' ? new Date(at).toISOString().slice(0, 10) : `${Math.round(at / 3_600_000)}:00`)}
      mark={line === undefined ? undefined : { value: line, name: written(line) }}
    />
  );
}
