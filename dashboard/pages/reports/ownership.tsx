import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { DocumentView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Section } from '../../components/page.tsx';
import { Taken } from './document.tsx';

/** What can be said otherwise than the configuration says it, by the names of the admin API. */
const FIELDS = [
  { name: 'purchase_usd', label: 'Price of a box, $' },
  { name: 'rent_usd_month', label: 'Or rent a month, $' },
  { name: 'boxes', label: 'Boxes' },
  { name: 'life_years', label: 'Years of use' },
  { name: 'watts_idle', label: 'Watts idle' },
  { name: 'watts_working', label: 'Watts working' },
  { name: 'usd_kwh', label: 'A kWh, $' },
  { name: 'staff_hours_month', label: 'Hours of people a month' },
  { name: 'staff_usd_hour', label: 'An hour of theirs, $' },
  { name: 'prefill', label: 'Tokens read a second' },
  { name: 'decode', label: 'Tokens written a second' },
  { name: 'model', label: 'Model on the box' },
  { name: 'against', label: 'Compare with model' },
] as const;

type Name = (typeof FIELDS)[number]['name'];

/** What hardware of one's own costs against APIs, by what stands in the address. */
export function Ownership() {
  const [search, setSearch] = useSearchParams();
  const said = Object.fromEntries(FIELDS.map(({ name }) => [name, search.get(name) ?? ''])) as Record<Name, string>;
  const [form, setForm] = useState(said);
  const report = useApi<DocumentView>('/reports/tco/document', said);
  const isSaid = Object.values(said).some((value) => value !== '');
  const reckon = (event: FormEvent) => {
    event.preventDefault();
    setSearch(
      (now) => {
        for (const [name, value] of Object.entries(form)) {
          if (value.trim()) now.set(name, value.trim());
          else now.delete(name);
        }
        return now;
      },
      { replace: true },
    );
  };
  return (
    <div className="stack">
      <Section
        title="Your hardware"
        about="An empty field is as hardware: in the configuration says, or as freehold engine bench measured it here."
      >
        <form onSubmit={reckon} className="stack">
          <div className="report-fields">
            {FIELDS.map(({ name, label }) => (
              <TextInput
                key={name}
                label={label}
                value={form[name]}
                inputMode={name === 'against' || name === 'model' ? 'text' : 'decimal'}
                onChange={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
                error={isSaid && report.error?.field === name}
              />
            ))}
          </div>
          <div className="row">
            <Button type="submit" size="xs">
              Reckon
            </Button>
          </div>
        </form>
      </Section>
      {report.isError && !isSaid ? (
        <Section title="Not known yet">
          <Empty
            title="Nobody said what a box costs, or how fast it is"
            hint="Measure it here, or fill in the fields."
            command="freehold engine bench"
          />
        </Section>
      ) : (
        <Loaded query={report}>{(view) => <Taken view={view} name="tco" />}</Loaded>
      )}
    </div>
  );
}
