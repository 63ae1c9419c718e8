import type { CertificateList } from '../../../src/http/contract.ts';
import { day } from '../../components/format.ts';

/** On which cases two models were compared. */
export function basisName(basis: CertificateList['certificates'][number]['certificate']['basis']): string {
  if (basis.kind === 'suite') return `${basis.name} ${basis.version}`;
  return `own traffic, ${day(basis.from)} to ${day(basis.to)}`;
}

/** What was still good enough. */
export function marginName(margin: CertificateList['certificates'][number]['certificate']['margin']): string {
  return 'keep' in margin
    ? `at least ${Math.round(margin.keep * 100)} % of the reference’s score`
    : `at most ${Math.round(margin.lose * 100)} points of 100 below the reference`;
}
