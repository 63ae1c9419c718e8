import './evidence.css';
import { Route, Switch } from 'wouter';
import { CertificatePage } from './certificate.tsx';
import { Evidence } from './evidence.tsx';
import { RunPage } from './run.tsx';

/** What is proven and how: certificates, comparisons, runs. */
export default function EvidencePages() {
  return (
    <Switch>
      <Route path="/evidence/certificates/:id">{({ id }) => <CertificatePage id={decodeURIComponent(id)} />}</Route>
      <Route path="/evidence/runs/:id">{({ id }) => <RunPage id={decodeURIComponent(id)} />}</Route>
      <Route>
        <Evidence />
      </Route>
    </Switch>
  );
}
