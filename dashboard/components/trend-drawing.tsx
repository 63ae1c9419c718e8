import { Area, Bar, CartesianGrid, ComposedChart, Line, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { TrendProps } from './trend.tsx';

const AXIS = { fontSize: 11, fill: 'var(--ink-soft)' };
const colour = (tone: string) => `var(--tone-${tone})`;

/** The drawing of a trend. A file of its own, because the chart library is large and not needed for the first view. */
export default function TrendDrawing({ points, series, kind = 'line', isStacked, form, moment, top, mark, height }: TrendProps) {
  const stack = isStacked ? 'all' : undefined;
  return (
    <ResponsiveContainer width="100%" height={height} minWidth={0}>
      <ComposedChart data={[...points]} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false} barCategoryGap="20%">
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis dataKey="at" tickFormatter={moment} tick={AXIS} stroke="var(--line-strong)" tickLine={false} minTickGap={40} />
        <YAxis
          tickFormatter={form}
          tick={AXIS}
          axisLine={false}
          tickLine={false}
          width="auto"
          domain={[0, top ?? 'auto']}
          tickCount={top === undefined ? 4 : 5}
          allowDecimals={top !== undefined || Math.max(...points.flatMap((point) => series.map(({ key }) => point[key] ?? 0))) < 4}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: 'var(--line-strong)', fill: 'var(--hover)' }}
          content={({ active, payload, label }) =>
            active && payload?.length ? (
              <div className="trend-tip">
                <p>{moment(Number(label))}</p>
                {payload.map(({ dataKey, name, value, color }) => (
                  <p key={String(dataKey)}>
                    <span className="swatch" style={{ background: color }} /> {name} <b>{value == null ? '–' : form(Number(value))}</b>
                  </p>
                ))}
              </div>
            ) : null
          }
        />
        {mark && (
          <ReferenceLine
            y={mark.value}
            stroke="var(--ink-soft)"
            strokeDasharray="3 3"
            label={{ value: mark.name, position: 'insideTopLeft', ...AXIS }}
          />
        )}
        {series.map(({ key, name, tone }) => {
          const of = { dataKey: key, name, isAnimationActive: false } as const;
          if (kind === 'bar') return <Bar key={key} {...of} stackId={stack} fill={colour(tone)} maxBarSize={28} />;
          if (kind === 'area')
            return (
              <Area
                key={key}
                {...of}
                stackId={stack}
                type="linear"
                stroke={colour(tone)}
                fill={colour(tone)}
                fillOpacity={isStacked ? 0.85 : 0.16}
                strokeWidth={1.5}
              />
            );
          return (
            <Line key={key} {...of} type="linear" stroke={colour(tone)} strokeWidth={2} dot={points.length < 3} connectNulls={false} />
          );
        })}
      </ComposedChart>
    </ResponsiveContainer>
  );
}
