import { Button, Checkbox, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { ModelDetail, ModelList } from '../../../src/http/contract.ts';
import { useApi, useChange } from '../../api/hooks.ts';
import { Copy } from '../../components/copy.tsx';
import { Dialog, DialogActions } from '../../components/dialog.tsx';
import { percent } from '../../components/format.ts';
import { Problem } from '../../components/problem.tsx';
import { workName } from '../../components/work.ts';

const SHARES = [
  { value: '', label: 'step by step, as configured' },
  { value: '0.1', label: '10 %, until somebody gives it more' },
  { value: '0.5', label: '50 %, until somebody gives it more' },
  { value: '1', label: 'all conversations at once' },
];

/** Puts a model in the place of another, for some kinds of work. */
export function SwapForm({ model }: { model: ModelDetail }) {
  const [isOpen, setOpen] = useState(false);
  const [from, setFrom] = useState('');
  const [tasks, setTasks] = useState<readonly string[]>(() => proven(model));
  const [share, setShare] = useState('');
  const models = useApi<ModelList>('/models', {}, { enabled: isOpen });
  const begin = useChange('POST', ['/swaps', '/models', '/routing']);
  const others = models.data?.models.filter(({ address }) => address !== model.address) ?? [];
  const ranked = [...others].sort((a, b) => (b.use?.exchanges ?? 0) - (a.use?.exchanges ?? 0));
  const isProven = tasks.length > 0 && tasks.every((task) => proven(model).includes(task));
  const start = () =>
    begin.mutate(
      {
        path: '/swaps',
        body: { from, to: model.address, ...(tasks.length && { tasks }), ...(share && { share: Number(share) }), why: 'on the page' },
      },
      { onSuccess: () => setOpen(false) },
    );
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>
        Put it in the place of another
      </Button>
      <Dialog title="In the place of another" isOpen={isOpen} onClose={() => setOpen(false)}>
        <div className="stack">
          <NativeSelect
            label={`${model.address} answers in the place of`}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
            data={[
              { value: '', label: 'choose a model' },
              ...ranked.map(({ address, use }) => ({
                value: address,
                label: use?.exchanges ? `${address} (${percent(use.share)} of requests)` : address,
              })),
            ]}
          />
          <Checkbox.Group label="For this work" description="None chosen: all work." value={[...tasks]} onChange={setTasks}>
            <div className="swap-tasks">
              {model.expectations.map(({ task, verdict }) => (
                <Checkbox
                  key={task}
                  size="xs"
                  value={task}
                  label={`${workName(task)}${verdict?.outcome === 'good enough' ? ', proven' : ''}`}
                />
              ))}
            </div>
          </Checkbox.Group>
          <NativeSelect
            label="For how many conversations"
            value={share}
            onChange={(event) => setShare(event.currentTarget.value)}
            data={SHARES}
          />
          {!isProven && <p className="caution">Nothing proves it good enough for all of that. This command gathers the proof first:</p>}
          {!isProven && (
            <Copy text={`freehold swap ${from || 'OLD'} ${model.address}${tasks.length ? ` --task ${tasks.join(',')}` : ''}`} />
          )}
          {begin.isError && <Problem error={begin.error} />}
          <DialogActions>
            <Button variant="default" onClick={() => setOpen(false)}>
              Leave it
            </Button>
            <Button disabled={from === ''} loading={begin.isPending} onClick={start}>
              {isProven ? 'Begin' : 'Begin without proof'}
            </Button>
          </DialogActions>
        </div>
      </Dialog>
    </>
  );
}

/** Work at which it is proven good enough. */
function proven({ expectations }: ModelDetail): string[] {
  return expectations.flatMap(({ task, verdict }) => (verdict?.outcome === 'good enough' ? [task] : []));
}
