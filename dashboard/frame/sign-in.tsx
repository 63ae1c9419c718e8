import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { SessionView } from '../../src/http/contract.ts';
import { type ApiError, ask, changeSession } from '../api/client.ts';
import { Alone } from './gate.tsx';

/** Asks for the admin key and keeps none of it: the gateway answers with a cookie that scripts cannot read. */
export function SignIn() {
  const [key, setKey] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const signIn = useMutation<SessionView, ApiError>({
    mutationFn: () => ask<SessionView>('POST', '/session', { body: { key } }),
    onSuccess: (session) => {
      setKey('');
      changeSession(session);
    },
  });
  return (
    <Alone title="Sign in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <PasswordInput
          label="Admin key"
          description="It was made with freehold key --admin; admin.key in the configuration holds its hash."
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          error={signIn.error?.message}
          autoComplete="current-password"
          ref={field}
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
        />
        <Button type="submit" fullWidth mt="md" loading={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </Alone>
  );
}
