import { Route, Switch } from 'wouter';
import { ModelPage } from './model.tsx';
import { Models } from './models.tsx';

/** All that is served, and one model at its address. */
export default function ModelsPages() {
  return (
    <Switch>
      <Route path="/models/:address">{({ address }) => <ModelPage address={decodeURIComponent(address)} />}</Route>
      <Route>
        <Models />
      </Route>
    </Switch>
  );
}
