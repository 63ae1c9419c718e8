import { useMutation } from '@tanstack/react-query';
import type { SessionView } from '../../src/http/contract.ts';
import { ask, changeSession } from '../api/client.ts';
import { Icon } from '../components/icon.tsx';

/** Ends the session here and at the gateway. */
export function SignOut() {
  const signOut = useMutation({
    mutationFn: () => ask<SessionView>('DELETE', '/session'),
    onSuccess: changeSession,
  });
  return (
    <button type="button" className="quiet" onClick={() => signOut.mutate()} disabled={signOut.isPending}>
      <Icon name="leave" size={16} />
      Sign out
    </button>
  );
}
