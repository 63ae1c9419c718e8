import { Finder } from '../../egress/places.ts';
import type { EgressSettings } from '../../egress/policy.ts';
import { scannerFor } from '../../egress/read.ts';
import type { Scanner } from '../../egress/scan.ts';
import { fitsRepository, type ZoneSettings, Zoning } from '../../policy/zones.ts';

/** What a configuration says of what may leave, ready to be asked. */
export interface EgressRules {
  zoning: Zoning;
  /** Absent where no rule asks where a request comes from. */
  finder: Finder | undefined;
  scanner: Pick<Scanner, 'scan'>;
  settings: EgressSettings;
}

/** Made once for a configuration: scanner and finder remember what they read. */
export function egressRules(zones: ZoneSettings, egress: EgressSettings): EgressRules {
  const zoning = new Zoning(zones);
  const sought = zoning.marks.map(({ kind, glob }) => ({
    kind,
    literal: glob.literal,
    anchored: glob.anchored,
    inside: glob.inside,
    fits: kind === 'repo' ? (address: string) => fitsRepository(glob, address) : glob.fits,
  }));
  return { zoning, finder: sought.length ? new Finder(sought) : undefined, scanner: scannerFor(egress), settings: egress };
}
