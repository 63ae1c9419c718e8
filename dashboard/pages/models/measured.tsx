import type { MeasurementView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { Facts } from '../../components/figure.tsx';
import { bytes, count, short, span, speed } from '../../components/format.ts';
import { Loaded } from '../../components/loaded.tsx';
import { When } from '../../components/when.tsx';

type Prefill = MeasurementView['prefill'][number];
type Load = MeasurementView['load'][number];
type Spread = Prefill['per_second'];

/** The middle round, and the lowest and highest. */
const rate = ({ median, low, high }: Spread) => `${speed(median)} (${short(low)}–${short(high)})`;

const PREFILL: readonly Column<Prefill>[] = [
  { id: 'prompt', header: 'Prompt', cell: ({ prompt_tokens }) => `${count(prompt_tokens)} tokens` },
  { id: 'rate', header: 'Read at', align: 'end', cell: ({ per_second }) => rate(per_second) },
  { id: 'first', header: 'First token after', align: 'end', cell: ({ first_token_ms }) => span(first_token_ms.median) },
];

const LOAD: readonly Column<Load>[] = [
  { id: 'parallel', header: 'At the same time', cell: ({ parallel }) => count(parallel) },
  { id: 'all', header: 'Written, all together', align: 'end', cell: ({ output_per_second }) => rate(output_per_second) },
  { id: 'each', header: 'Each', align: 'end', hide: 'phone', cell: ({ each_per_second }) => rate(each_per_second) },
  { id: 'first', header: 'First token after', align: 'end', hide: 'phone', cell: ({ first_token_ms }) => span(first_token_ms.median) },
];

/** What `freehold engine bench` found of a model on this machine, the last time. */
export function Measured({ address }: { address: string }) {
  const measurements = useApi<{ measurements: MeasurementView[] }>('/measurements');
  return (
    <Loaded query={measurements} lines={4}>
      {({ measurements: all }) => {
        const found = all.find((one) => one.address === address);
        if (!found)
          return (
            <Empty
              title="It has not been measured on this machine"
              hint="How fast it reads and writes, alone and with several at once, and what the box draws meanwhile. What hardware of your own costs is reckoned from it."
              command={`freehold engine bench ${address}`}
            />
          );
        const { at, machine, rounds, prefill, load, watts, memory_bytes, estimated, notes } = found;
        return (
          <div className="stack">
            <div className="columns" data-of="two">
              <DataTable caption="Reading prompts" rows={prefill} columns={PREFILL} rowKey={({ prompt_tokens }) => String(prompt_tokens)} />
              <DataTable caption="Writing answers" rows={load} columns={LOAD} rowKey={({ parallel }) => String(parallel)} />
            </div>
            <Facts
              of={[
                ['When', <When key="at" at={at} />],
                ['On', [machine.processor, `${count(machine.cores)} cores`, bytes(machine.memory_bytes), ...machine.cards].join(', ')],
                ['Rounds', `${count(rounds)}; the middle one, and the lowest and highest`],
                ['Draws', watts && `${count(watts.idle)} W idle, ${count(watts.working)} W at work (${watts.source})`],
                ['Memory', memory_bytes === null ? null : bytes(memory_bytes)],
                ['Tokens', estimated ? 'counted here, because its server reports none' : null],
                ['Notes', notes.join(' ')],
              ]}
            />
          </div>
        );
      }}
    </Loaded>
  );
}
