import type { PriceView } from '../../src/http/contract.ts';

export type Zone = PriceView['zone'];

export const ZONE_NAMES: Readonly<Record<Zone, string>> = { own: 'own', leased: 'leased', vendor: 'vendor' };

const MEANING: Readonly<Record<Zone, string>> = {
  own: 'on hardware you hold',
  leased: 'on hardware rented for you alone',
  vendor: "at somebody else's",
};

/** How far from home something is. Colour is never the only sign: the word stands beside it. */
export function ZoneTag({ zone }: { zone: Zone | null | undefined }) {
  if (!zone) return <span className="soft">–</span>;
  return (
    <span className="zone" data-zone={zone} title={MEANING[zone]}>
      {ZONE_NAMES[zone]}
    </span>
  );
}

/** A model's name with its zone as a colour in front of it; the zone in words stands in a column beside it, or in the title. */
export function ModelName({ model, provider, zone }: { model: string | null; provider: string | null; zone: Zone | null }) {
  if (!model) return <span className="soft">nobody</span>;
  return (
    <span className="zone" data-zone={zone} title={`${provider}/${model}${zone ? `, ${ZONE_NAMES[zone]}` : ''}`}>
      {model}
    </span>
  );
}
