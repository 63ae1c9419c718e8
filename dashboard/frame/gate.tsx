import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { useSession } from '../api/hooks.ts';
import { Problem } from '../components/problem.tsx';
import { entryAt } from '../navigation.ts';
import { Frame } from './frame.tsx';
import { SignIn } from './sign-in.tsx';

/** What is shown first: the pages to who may see them, and to others what it takes. */
export function Gate() {
  const session = useSession();
  const isLoaded = useFirstPage();
  if (session.data?.needs === 'key') return <SignIn />;
  if (session.data?.needs === 'this-machine')
    return (
      <Alone title="Open to this machine only">
        <p>
          There is no admin key, so this page opens only in a browser on the machine that Freehold runs on, and not through a proxy. Make a
          key with <code>freehold key --admin</code>, set <code>admin.key</code>, and reload.
        </p>
      </Alone>
    );
  if (session.data && isLoaded) return <Frame session={session.data} />;
  if (session.isError)
    return (
      <Alone title="No answer">
        <Problem error={session.error} />
      </Alone>
    );
  return <div className="waiting" role="status" aria-label="Loading" />;
}

/** Loads the page that the address names while the gateway says who is signed in. */
function useFirstPage(): boolean {
  const [path] = useLocation();
  const [first] = useState(() => entryAt(path));
  const [isLoaded, setLoaded] = useState(first === undefined);
  useEffect(() => {
    void first?.load().then(() => setLoaded(true));
  }, [first]);
  return isLoaded;
}

/** A card in the middle of an empty page. */
export function Alone({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <main className="alone">
      <div className="alone-card">
        <p className="wordmark">Freehold</p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
