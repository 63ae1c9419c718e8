import { Button } from '@mantine/core';

/** Why something could not be loaded, in the gateway's own words. @param again asks once more */
export function Problem({ error, again }: { error: Error; again?: () => unknown }) {
  return (
    <div className="problem" role="alert">
      <p>{error.message}</p>
      {again && (
        <Button variant="default" size="xs" onClick={() => again()}>
          Try again
        </Button>
      )}
    </div>
  );
}
