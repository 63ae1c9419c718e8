import { z } from 'zod';

const usd = z.number().nonnegative();

const BOUNDS = {
  purchase_usd: usd,
  life_years: z.number().positive().max(20),
  resale_share: z.number().min(0).max(1),
  rent_usd_month: usd,
  boxes: z.int().positive().max(10_000),
  watts_idle: usd,
  watts_working: usd,
  usd_kwh: usd,
  cooling: z.number().min(1).max(3),
  staff_hours_month: usd,
  staff_usd_hour: usd,
  other_usd_month: usd,
};

/** What stands in for what nobody says. */
export const HARDWARE_DEFAULTS = {
  life_years: 4,
  resale_share: 0.1,
  boxes: 1,
  usd_kwh: 0.25,
  cooling: 1,
  staff_hours_month: 4,
  staff_usd_hour: 80,
  other_usd_month: 0,
} as const;

const D = HARDWARE_DEFAULTS;

/** The section `hardware` of the configuration. */
export const hardwareSchema = z
  .strictObject({
    purchase_usd: BOUNDS.purchase_usd.optional().meta({ description: 'What one box cost to buy, in US dollars, with all that is in it.' }),
    life_years: BOUNDS.life_years.default(D.life_years).meta({ description: 'For how many years it is used.' }),
    resale_share: BOUNDS.resale_share
      .default(D.resale_share)
      .meta({ description: 'What part of its price it brings when it is sold then.' }),
    rent_usd_month: BOUNDS.rent_usd_month.optional().meta({ description: 'What one box costs a month, where it is rented.' }),
    boxes: BOUNDS.boxes.default(D.boxes).meta({ description: 'How many there are of it.' }),
    watts_idle: BOUNDS.watts_idle
      .optional()
      .meta({ description: 'What one box draws when it does nothing. By default as "freehold engine bench" read it.' }),
    watts_working: BOUNDS.watts_working.optional().meta({ description: 'What it draws at work. By default as above.' }),
    usd_kwh: BOUNDS.usd_kwh.default(D.usd_kwh).meta({ description: 'The price of a kilowatt hour.' }),
    cooling: BOUNDS.cooling
      .default(D.cooling)
      .meta({ description: 'Power for all that is around it, as a factor: 1 in an office, 1.2 to 1.6 in a machine room.' }),
    staff_hours_month: BOUNDS.staff_hours_month
      .default(D.staff_hours_month)
      .meta({ description: 'Hours that people spend on all boxes a month.' }),
    staff_usd_hour: BOUNDS.staff_usd_hour.default(D.staff_usd_hour).meta({ description: 'What an hour of theirs costs.' }),
    other_usd_month: BOUNDS.other_usd_month
      .default(D.other_usd_month)
      .meta({ description: 'What else all of it costs a month: room, network, insurance.' }),
  })
  .transform(
    (of): Hardware => ({
      purchaseUsd: of.purchase_usd,
      lifeYears: of.life_years,
      resaleShare: of.resale_share,
      rentUsdMonth: of.rent_usd_month,
      boxes: of.boxes,
      wattsIdle: of.watts_idle,
      wattsWorking: of.watts_working,
      usdKwh: of.usd_kwh,
      cooling: of.cooling,
      staffHoursMonth: of.staff_hours_month,
      staffUsdHour: of.staff_usd_hour,
      otherUsdMonth: of.other_usd_month,
    }),
  );

/** The same as text, for a question that says some of it otherwise. */
export const hardwareQuery = z.object(
  Object.fromEntries(Object.entries(BOUNDS).map(([name, bound]) => [name, z.coerce.number().pipe(bound).optional()])) as Record<
    keyof typeof BOUNDS,
    z.ZodOptional<z.ZodPipe<z.ZodCoercedNumber, z.ZodNumber>>
  >,
);

/** As the file names it. Pure. */
export function hardwareView(hardware: Hardware): Record<string, number> {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(hardware).flatMap(([name, value]) => (value === undefined ? [] : [[snake(name), value]])));
}

/** What a question says otherwise, over what the configuration says. Pure. */
export function withHardware(hardware: Hardware, asked: Partial<Record<keyof typeof BOUNDS, number>>): Hardware {
  const said: Partial<Hardware> = {
    purchaseUsd: asked.purchase_usd,
    lifeYears: asked.life_years,
    resaleShare: asked.resale_share,
    rentUsdMonth: asked.rent_usd_month,
    boxes: asked.boxes,
    wattsIdle: asked.watts_idle,
    wattsWorking: asked.watts_working,
    usdKwh: asked.usd_kwh,
    cooling: asked.cooling,
    staffHoursMonth: asked.staff_hours_month,
    staffUsdHour: asked.staff_usd_hour,
    otherUsdMonth: asked.other_usd_month,
  };
  return { ...hardware, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) };
}

/** What boxes cost; money in US dollars, power in watts. */
export interface Hardware {
  purchaseUsd?: number;
  lifeYears: number;
  resaleShare: number;
  rentUsdMonth?: number;
  boxes: number;
  wattsIdle?: number;
  wattsWorking?: number;
  usdKwh: number;
  cooling: number;
  staffHoursMonth: number;
  staffUsdHour: number;
  otherUsdMonth: number;
}
