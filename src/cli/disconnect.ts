import { changedSince, readRecord, undo } from '../connect/record.ts';
import { type AdminFlags, withAdmin } from './admin.ts';
import { recordsFolder, toolNamed } from './connect-tools.ts';
import { load } from './prepare.ts';
import { type Shell, say, tell } from './shell.ts';
import { localUrl } from './survey.ts';

/** `freehold disconnect TOOL`: every file as it was before `connect`, to the byte, and the tool's key revoked. */
export async function disconnect(shell: Shell, name: string, flags: AdminFlags & { force?: boolean }): Promise<number> {
  const tool = toolNamed(name);
  const folder = recordsFolder(shell);
  const record = readRecord(folder, tool.name);
  if (!record) {
    const byHand = tool.files.length === 0 ? ` It is set up by hand: ${tool.steps.at(-1)}` : '';
    throw new Error(`${tool.label} is not connected; there is nothing to undo.${byHand}`);
  }
  const changed = changedSince(folder, record);
  if (changed.length && !flags.force)
    throw new Error(
      `${changed.join(' and ')} changed after "freehold connect". Nothing was undone. --force puts back what was there before, and keeps what is there now beside it.`,
    );
  const kept = undo(folder, record);
  const revoked =
    record.keyId === undefined
      ? undefined
      : await revoke(shell, record.keyId, { ...flags, url: flags.url ?? elsewhere(shell, record.url, flags) });
  if (flags.json) say(shell, JSON.stringify({ tool: tool.name, files: record.files.map(({ path }) => path), kept, revoked }));
  else {
    for (const { path, copy } of record.files) say(shell, copy === undefined ? `${path} is gone` : `${path} is as it was`);
    for (const path of kept) say(shell, `what was there lies in ${path}`);
    if (revoked) say(shell, `its key ${record.keyId} is revoked`);
  }
  return 0;
}

/** The gateway that made the key, unless it is the one of the configuration: that one's store can be asked without it. */
function elsewhere(shell: Shell, url: string, { config }: AdminFlags): string | undefined {
  return url === localUrl(load(shell, { config }).config) ? undefined : url;
}

/** The files are back in any case: a gateway that is away keeps a key that nobody has. */
async function revoke(shell: Shell, id: string, flags: AdminFlags): Promise<boolean> {
  try {
    await withAdmin(shell, flags, (client) => client.ask('DELETE', `/admin/api/keys/${id}`));
    return true;
  } catch (error) {
    tell(shell, `The key ${id} could not be revoked: ${(error as Error).message}\n"freehold key revoke ${id}" does it later.`);
    return false;
  }
}
