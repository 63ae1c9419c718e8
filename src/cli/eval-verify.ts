import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Flags } from '../config/load.ts';
import { fingerprint, JournalKeys } from '../egress/journal/keys.ts';
import { problemsOf } from '../evals/certificate.ts';
import { type Signed, signedSchema } from '../evals/evidence.ts';
import { basisOf } from '../evals/run/plan.ts';
import { secretIn } from '../store/place.ts';
import { suiteNamed } from './eval-run.ts';
import { marginText, percent } from './eval-tables.ts';
import { load } from './prepare.ts';
import { paint, type Shell, say } from './shell.ts';

export interface VerifyCertificateFlags extends Pick<Flags, 'config'> {
  key?: string[];
  suite?: string[];
  json?: boolean;
}

/**
 * `freehold eval verify FILE`: whether a certificate is as it was signed, by whom, and whether it proves what it says; needs no server. Keys are
 * trusted that are named, this data folder's own, and those of evaluation.trusted_keys. 0 when all holds, 1 when not.
 */
export async function evalVerify(shell: Shell, file: string, flags: VerifyCertificateFlags): Promise<number> {
  const value = valueIn(resolve(shell.cwd, file));
  const trusted = trustedKeys(shell, flags);
  const problems = problemsOf(
    value,
    trusted.map(({ key }) => key),
  );
  const read = signedSchema.safeParse(value);
  const signed = read.success ? read.data : undefined;
  if (signed) problems.push(...suiteProblems(shell, signed, flags.suite));
  const whose =
    signed && (trusted.find(({ key }) => key === signed.key)?.whose ?? 'nobody who is known here; name the key with --key if you trust it');
  if (flags.json) {
    say(
      shell,
      JSON.stringify({
        holds: problems.length === 0,
        problems,
        fingerprint: signed ? fingerprint(signed.key) : null,
        whose: whose ?? null,
        certificate: signed?.certificate ?? null,
      }),
    );
    return problems.length ? 1 : 0;
  }
  if (signed) say(shell, `${told(signed)}\nSigned by ${fingerprint(signed.key)}: ${whose}.`);
  const { stdout } = shell;
  if (problems.length === 0) say(shell, `${paint(stdout, 'green', 'It holds')}: as it was signed, and its evidence is proof.`);
  for (const problem of problems) say(shell, `${paint(stdout, 'red', 'It does not hold')}: ${problem}.`);
  return problems.length ? 1 : 0;
}

function valueIn(path: string): unknown {
  if (!existsSync(path)) throw new Error(`there is no file ${path}`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} is no JSON: ${(error as Error).message}`);
  }
}

function trustedKeys(shell: Shell, { key = [], config: file }: VerifyCertificateFlags): { key: string; whose: string }[] {
  const given = key.map((one) => {
    const path = resolve(shell.cwd, one);
    return { key: (existsSync(path) ? readFileSync(path, 'utf8') : one).trim(), whose: 'the key that you named' };
  });
  if (given.length) return given;
  const { config } = load(shell, { config: file });
  const secret = config.data === undefined ? undefined : secretIn(config.data, shell.env);
  return [
    ...(secret ? [{ key: new JournalKeys(secret).publicKey, whose: `this data folder, ${config.data}` }] : []),
    ...config.evaluation.trustedKeys.map((one) => ({ key: one, whose: 'a key of evaluation.trusted_keys' })),
  ];
}

/** Whether the suites at hand are the ones that were asked. */
function suiteProblems(shell: Shell, { certificate: { basis } }: Signed, names: readonly string[] | undefined): string[] {
  if (!names) return [];
  if (basis.kind !== 'suite') return ['it is about traffic, not about a suite'];
  const found = basisOf(names.map((name) => suiteNamed(shell, name)));
  return found.hash === basis.hash
    ? []
    : [
        `the suite ${found.name} ${found.version} here is not the one that was asked: its hash is ${found.hash.slice(0, 12)}, not ${basis.hash.slice(0, 12)}`,
      ];
}

function told({ certificate }: Signed): string {
  const {
    task,
    candidate,
    reference,
    outcome,
    margin,
    pairs,
    e,
    interval,
    candidate_score,
    reference_score,
    candidates,
    alpha,
    basis,
    at,
  } = certificate;
  const name = ({ address, version }: typeof candidate) => (version === undefined ? address : `${address} (${version})`);
  const cases = basis.kind === 'suite' ? `the suite ${basis.name} ${basis.version}, ${basis.hash.slice(0, 12)}` : 'the team’s own traffic';
  const [single, alone] = [(1 / alpha).toFixed(0), (candidates / alpha).toFixed(0)];
  const proof =
    candidates === 1
      ? `${single} is proof`
      : `${alone} is proof for one of ${candidates} by itself, ${single} where all others have theirs`;
  return [
    `${name(candidate)} at ${task}: ${outcome}, beside ${name(reference)}.`,
    `Good enough was set ${marginText(margin)}. Scores ${percent(candidate_score)} (${percent(interval[0])} to ${percent(interval[1])}) and ${percent(reference_score)}, on ${pairs} pairs of ${cases}.`,
    `Evidence ${e.toFixed(1)}; ${proof}. Of ${new Date(at).toISOString().slice(0, 10)}.`,
  ].join('\n');
}
