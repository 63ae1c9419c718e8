import type { IndependenceView } from '../../../src/http/contract.ts';
import { Copy } from '../../components/copy.tsx';
import { money, percent, short } from '../../components/format.ts';
import { workName } from '../../components/work.ts';

/** The step that brings the most, with the command that does it. */
export function Next({ report: { next, answered, target, shares, forecast } }: { report: IndependenceView }) {
  const [step] = next;
  if (!step) {
    const share = shares[forecast.measure];
    return (
      <p className="soft">
        {share !== null && share >= target
          ? `Nothing that would bring more: the aim of ${percent(target)} is reached.`
          : 'There is too little traffic to say what would bring the most.'}
      </p>
    );
  }
  const gain = answered.tokens ? step.amounts.tokens / answered.tokens : null;
  return (
    <div className="stack">
      <p>
        <b>{step.task === '' ? 'Work of no known kind' : workName(step.task)}</b> goes to <span className="mono">{step.from}</span>:{' '}
        {money(step.cost_nanos)} for {short(step.amounts.requests)} requests, {percent(gain)} of all tokens.
        <Reason to={step.to} why={step.why} />
      </p>
      {step.command && <Copy text={step.command} />}
    </div>
  );
}

/** Who could do it and why; the reason may name them itself. */
function Reason({ to, why }: { to: string | null; why: string }) {
  if (to === null) return <> {sentence(why)}.</>;
  return (
    <>
      {' '}
      <span className="mono">{to}</span>
      {why.startsWith(to) ? why.slice(to.length) : ` could do it: ${why}`}.
    </>
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
