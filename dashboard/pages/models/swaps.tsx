import { Button } from '@mantine/core';
import { useState } from 'react';
import type { SwapList } from '../../../src/http/contract.ts';
import { useApi, useChange } from '../../api/hooks.ts';
import { Confirm } from '../../components/confirm.tsx';
import { Empty } from '../../components/empty.tsx';
import { percent } from '../../components/format.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Meter } from '../../components/meter.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { When } from '../../components/when.tsx';
import { workName } from '../../components/work.ts';
import { SwapFigures } from './swap-figures.tsx';

type Swap = SwapList['swaps'][number];

const STATES: Readonly<Record<Swap['state'], { name: string; tone: Tone }>> = {
  waiting: { name: 'waits for approval', tone: 'warn' },
  canary: { name: 'canary', tone: 'busy' },
  full: { name: 'all conversations', tone: 'good' },
  'rolled-back': { name: 'rolled back', tone: 'bad' },
  undone: { name: 'undone', tone: 'plain' },
};

type Deed = 'approve' | 'promote' | 'rollback' | 'undo';

/** What may be done in a state, and what it means. */
const DEEDS: Readonly<Record<Swap['state'], readonly Deed[]>> = {
  waiting: ['approve', 'undo'],
  canary: ['promote', 'rollback', 'undo'],
  full: ['rollback', 'undo'],
  'rolled-back': ['promote', 'undo'],
  undone: [],
};

const WORDS: Readonly<Record<Deed, { title: string; button: string; means: string }>> = {
  approve: { title: 'Approve this swap?', button: 'Approve', means: 'The new model begins to answer, with the share that was asked for.' },
  promote: { title: 'Give it more?', button: 'Promote', means: 'The new model goes on to the next share of the conversations.' },
  rollback: { title: 'Roll back?', button: 'Roll back', means: 'The old model answers again at once; the new one may be tried later.' },
  undo: { title: 'Undo this swap?', button: 'Undo', means: 'The old model answers again at once, and the swap is over.' },
};

/** Swaps, newest first. @param of only those about this model */
export function Swaps({ of }: { of?: string }) {
  const swaps = useApi<SwapList>('/swaps', {}, { every: 10_000 });
  return (
    <Loaded query={swaps} lines={3}>
      {({ swaps: all }) => {
        const shown = of === undefined ? all : all.filter(({ from, to }) => from === of || to === of);
        if (shown.length === 0)
          return (
            <Empty
              title="No model stands in the place of another"
              hint="When an evaluation finds a model of yours good enough for a kind of work, let it take over: a few conversations first, then all."
              command="freehold swap --help"
            />
          );
        return (
          <ul className="swaps">
            {shown.map((swap) => (
              <SwapRow key={swap.id} swap={swap} />
            ))}
          </ul>
        );
      }}
    </Loaded>
  );
}

function SwapRow({ swap: { id, from, to, tasks, state, share, changed_at, history } }: { swap: Swap }) {
  const change = useChange<Swap>('POST', ['/swaps', '/models', '/routing']);
  const [isOpen, setOpen] = useState(false);
  const { name, tone } = STATES[state];
  const last = history.at(-1);
  return (
    <li className="swap">
      <div>
        <p>
          <span className="mono">{to}</span> <span className="soft">in the place of</span> <span className="mono">{from}</span>
        </p>
        <p className="soft">
          {tasks === null ? 'for all work' : `for ${tasks.map((task) => workName(task).toLowerCase()).join(', ')}`}; since{' '}
          <When at={changed_at} as="hour" />
          {last && `, ${last.by}: ${last.why}`}
        </p>
      </div>
      <div className="row">
        <Tag tone={tone}>{name}</Tag>
        {state === 'canary' && <Meter share={share} label={percent(share)} />}
        {DEEDS[state].map((deed) => (
          <Confirm
            key={deed}
            title={WORDS[deed].title}
            action={WORDS[deed].button}
            isDangerous={deed === 'undo' || deed === 'rollback'}
            onConfirm={() => change.mutateAsync({ path: `/swaps/${encodeURIComponent(id)}/${deed}`, body: { why: 'on the page' } })}
            opener={(open) => (
              <Button variant="default" size="xs" onClick={open}>
                {WORDS[deed].button}
              </Button>
            )}
          >
            <p>
              <span className="mono">{to}</span> in the place of <span className="mono">{from}</span>. {WORDS[deed].means}
            </p>
          </Confirm>
        ))}
      </div>
      <details className="swap-more" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>What traffic says</summary>
        {isOpen && <SwapFigures id={id} />}
      </details>
    </li>
  );
}
