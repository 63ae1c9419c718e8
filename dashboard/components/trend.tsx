import { lazy, type ReactNode, Suspense } from 'react';
import { Waiting } from './page.tsx';

export interface Series {
  /** The field of the points. */
  key: string;
  name: string;
  tone: 'own' | 'leased' | 'vendor' | 'none' | 'accent';
}

export interface TrendProps {
  /** What the chart shows, in a sentence: it stands in for the drawing where that is not seen. */
  label: string;
  /** `at` in Unix milliseconds, and a number a series; null where nothing is known. */
  points: readonly (Readonly<Record<string, number | null>> & { at: number })[];
  series: readonly Series[];
  kind?: 'line' | 'area' | 'bar';
  /** Stacked on one another, from the first up. */
  isStacked?: boolean;
  /** How values and moments are written. */
  form: (value: number) => string;
  moment: (at: number) => string;
  /** The upper end of the axis, e.g. 1 for shares. */
  top?: number;
  /** A line across, e.g. a goal. */
  mark?: { value: number; name: string };
  height?: number;
}

const Drawing = lazy(() => import('./trend-drawing.tsx'));

/** Values over time: drawn, and the same figures as a table for who asks for it. */
export function Trend(props: TrendProps): ReactNode {
  const { label, points, series, form, moment, height = 200 } = props;
  return (
    <figure className="trend" aria-label={label}>
      <div style={{ height }} aria-hidden="true">
        <Suspense fallback={<Waiting lines={4} />}>
          <Drawing {...props} height={height} />
        </Suspense>
      </div>
      <figcaption className="trend-caption">
        <ul className="share-names">
          {series.map(({ key, name, tone }) => (
            <li key={key}>
              <span className="swatch" data-tone={tone} aria-hidden="true" />
              {name}
            </li>
          ))}
        </ul>
        <details>
          <summary>
            Figures<span className="unseen"> of: {label}</span>
          </summary>
          <table className="table trend-table">
            <thead>
              <tr>
                <th scope="col">Time</th>
                {series.map(({ key, name }) => (
                  <th key={key} scope="col" data-align="end">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {points.map((point) => (
                <tr key={point.at}>
                  <th scope="row">{moment(point.at)}</th>
                  {series.map(({ key }) => (
                    <td key={key} data-align="end">
                      {point[key] == null ? '–' : form(point[key])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      </figcaption>
    </figure>
  );
}
