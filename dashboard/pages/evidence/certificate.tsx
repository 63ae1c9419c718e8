import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { CertificateDetail } from '../../../src/http/contract.ts';
import { address } from '../../api/client.ts';
import { useApi, useChange } from '../../api/hooks.ts';
import { Confirm } from '../../components/confirm.tsx';
import { Copy } from '../../components/copy.tsx';
import { Facts, Figure, Figures } from '../../components/figure.tsx';
import { count, interval, percent } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page, Section } from '../../components/page.tsx';
import { Tag } from '../../components/tag.tsx';
import { When } from '../../components/when.tsx';
import { workName } from '../../components/work.ts';
import { basisName, marginName } from './basis.ts';

const SIGNERS: Readonly<Record<CertificateDetail['signer'], string>> = {
  own: 'this gateway’s data folder',
  trusted: 'a key that is trusted here (evaluation.trusted_keys)',
  other: 'a key that is not trusted here',
};

/** One certificate, checked when it is opened and as often as wanted. */
export function CertificatePage({ id }: { id: string }) {
  const certificate = useApi<CertificateDetail>(`/evidence/certificates/${encodeURIComponent(id)}`);
  return (
    <Page
      title="Certificate"
      about={
        <Link href="/evidence" className="back">
          <Icon name="left" size={12} /> All evidence
        </Link>
      }
      actions={
        <Button variant="default" size="xs" loading={certificate.isFetching} onClick={() => void certificate.refetch()}>
          Verify again
        </Button>
      }
    >
      <Loaded query={certificate} lines={12}>
        {(view) => (
          <div className="stack">
            <Section title="What it says">
              <Says view={view} />
            </Section>
            <Section title="Verified" about="Signature and evidence are checked by the gateway each time this page asks.">
              <Verified view={view} />
            </Section>
            {!view.withdrawn && (
              <Section title="Take it back" about="It stays on record and no longer counts: the model has fallen, or its weights changed.">
                <Withdraw id={id} />
              </Section>
            )}
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Says({ view: { certificate, counts, withdrawn } }: { view: CertificateDetail }) {
  const {
    candidate,
    reference,
    task,
    outcome,
    pairs,
    candidate_score,
    reference_score,
    interval: [low, high],
    e,
    alpha,
    candidates,
    executed,
    judged,
    judge,
    margin,
    basis,
    run,
    at,
    freehold,
  } = certificate;
  return (
    <div className="stack">
      <p>
        <span className="mono">{candidate.address}</span> is <Tag tone={outcome === 'good enough' ? 'good' : 'bad'}>{outcome}</Tag> at{' '}
        {workName(task).toLowerCase()}, held against <span className="mono">{reference.address}</span>.
      </p>
      <Figures>
        <Figure label="Its score" value={percent(candidate_score)} note={`95 % credible: ${interval(candidate_score, low, high)}`} />
        <Figure label="The reference’s" value={percent(reference_score)} />
        <Figure label="Pairs" value={count(pairs)} note={`${count(executed)} grades by running, ${count(judged)} by opinion`} />
        <Figure label="Evidence" value={count(e)} note={`proof from ${count(candidates / alpha)} on`} />
      </Figures>
      <Facts
        of={[
          ['Good enough means', marginName(margin)],
          ['On', basisName(basis)],
          [
            'Chance of a wrong one',
            `at most ${percent(alpha)}, over ${count(candidates)} ${candidates === 1 ? 'candidate' : 'candidates'} together`,
          ],
          ['Model as tried', candidate.version],
          ['Reference as tried', reference.version],
          ['Judge', judge],
          [
            'Run',
            run && (
              <Link key="run" href={`/evidence/runs/${run}`}>
                {run}
              </Link>
            ),
          ],
          ['When', <When key="at" at={at} />],
          ['By', `Freehold ${freehold}`],
          ['Counts for the router', withdrawn ? 'no' : counts ? 'yes' : 'no, a newer one does'],
          ['Withdrawn', withdrawn && `by ${withdrawn.by}: ${withdrawn.why}`],
        ]}
      />
    </div>
  );
}

function Verified({ view: { problems, signer, key, signature, certificate } }: { view: CertificateDetail }) {
  const { id } = certificate;
  return (
    <div className="stack" aria-live="polite">
      <p className="row">
        <Tag tone={problems.length ? 'bad' : 'good'}>{problems.length ? 'does not hold' : 'holds'}</Tag>
        <span>{problems.length ? problems.join('; ') : 'It is as it was signed, and its evidence is enough.'}</span>
      </p>
      <Facts
        of={[
          ['Signed by', SIGNERS[signer]],
          [
            'Public key',
            <span key="key" className="mono">
              {key}
            </span>,
          ],
          [
            'Signature',
            <span key="signature" className="mono">
              {signature}
            </span>,
          ],
        ]}
      />
      <p>
        <a href={address(`/evidence/certificates/${encodeURIComponent(id)}`)} download={`${id}.json`}>
          Download it
        </a>{' '}
        and check it anywhere, without this gateway:
      </p>
      <Copy text={`freehold eval verify ${id}.json --key ${key}`} />
    </div>
  );
}

function Withdraw({ id }: { id: string }) {
  const [why, setWhy] = useState('');
  const withdraw = useChange('POST', ['/evidence', '/models', '/routing']);
  return (
    <Confirm
      title="Withdraw this certificate?"
      action="Withdraw"
      isDangerous
      onConfirm={() =>
        withdraw.mutateAsync({ path: `/evidence/certificates/${encodeURIComponent(id)}/withdraw`, body: { why: why.trim() } })
      }
      opener={(open) => (
        <Button variant="default" size="xs" onClick={open}>
          Withdraw
        </Button>
      )}
    >
      <p>The router stops heeding it. A swap that stands on it goes on until somebody undoes it.</p>
      <TextInput label="Why" value={why} onChange={(event) => setWhy(event.currentTarget.value)} data-autofocus />
    </Confirm>
  );
}
