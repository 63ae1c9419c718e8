import { Route, Switch } from 'wouter';
import { Exchange } from './exchange.tsx';
import { Exchanges } from './list.tsx';

/** The list, and below it each exchange at an address of its own. */
export default function ExchangesPage() {
  return (
    <Switch>
      <Route path="/exchanges/:id">{({ id }) => <Exchange id={id} />}</Route>
      <Route>
        <Exchanges />
      </Route>
    </Switch>
  );
}
