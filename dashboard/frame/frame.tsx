import { Suspense, useEffect, useRef, useState } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import type { SessionView } from '../../src/http/contract.ts';
import { Empty } from '../components/empty.tsx';
import { Icon } from '../components/icon.tsx';
import { Page, Waiting } from '../components/page.tsx';
import { entryAt, NAVIGATION } from '../navigation.ts';
import { Boundary } from './boundary.tsx';
import { Health } from './health.tsx';
import { SchemeSwitch } from './scheme-switch.tsx';
import { SignOut } from './sign-out.tsx';

/** Navigation at the side (above, on a phone), the page beside it. */
export function Frame({ session }: { session: SessionView }) {
  const [path] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const current = entryAt(path);
  const title = current?.title ?? 'Not found';
  const shown = useRef(path);

  useEffect(() => {
    document.title = `${title} · Freehold`;
  }, [title]);

  // After a change of page the focus goes to the page, as it would with pages that the server sends.
  useEffect(() => {
    if (shown.current.split('/')[1] !== path.split('/')[1]) {
      main.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    shown.current = path;
    setOpen(false);
  }, [path]);

  return (
    <div className="frame">
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <header className="side">
        <div className="side-top">
          <Link href="/" className="wordmark">
            Freehold
          </Link>
          <button type="button" className="side-toggle" aria-expanded={isOpen} aria-controls="navigation" onClick={() => setOpen(!isOpen)}>
            <Icon name={isOpen ? 'close' : 'menu'} />
            <span className="unseen">{isOpen ? 'Close the menu' : 'Open the menu'}</span>
          </button>
        </div>
        <div id="navigation" className="side-body" data-open={isOpen || undefined}>
          <nav aria-label="Pages">
            <ul>
              {NAVIGATION.map((entry) => (
                <li key={entry.path}>
                  <Link
                    href={entry.path}
                    aria-current={entry === current ? 'page' : undefined}
                    onMouseEnter={entry.load}
                    onFocus={entry.load}
                    onClick={() => setOpen(false)}
                  >
                    <Icon name={entry.icon} />
                    {entry.title}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <div className="side-foot">
            <SchemeSwitch />
            {session.by === 'admin' && <SignOut />}
          </div>
        </div>
      </header>
      <main id="page" ref={main} tabIndex={-1} className="content">
        <Health />
        <Boundary key={path.split('/')[1]}>
          <Suspense fallback={<Waiting />}>
            <Switch>
              {NAVIGATION.map(({ path: at, page }) => (
                <Route key={at} path={at === '/' ? '/' : `${at}/*?`} component={page} />
              ))}
              <Route>
                <Page title="Not found">
                  <Empty title="There is no such page" hint="Choose one from the menu." />
                </Page>
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </main>
    </div>
  );
}
