import './routing.css';
import type { RoutingView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page, Section } from '../../components/page.tsx';
import { SpanChoice, useSpan } from '../../components/span.tsx';
import { Matrix } from './matrix.tsx';
import { Rules } from './rules.tsx';
import { Try } from './try.tsx';

const MODES: Readonly<Record<RoutingView['mode'], string>> = {
  'cheapest-good-enough': 'the cheapest model that is good enough for the work answers',
  'own-first': 'models at home answer, also when others are somewhat better',
  balanced: 'success, cost and waiting are weighed against each other',
  best: 'the best model answers, whatever it costs',
};

/** Who is expected to do what how well, who did it, and where a prompt would go. */
export default function Routing() {
  const { from, to } = useSpan(7);
  const routing = useApi<RoutingView>('/routing', { from, to, models: 16 }, { every: 60_000 });
  const mode = routing.data?.mode;
  return (
    <Page
      title="Routing"
      about={mode ? `Where a name such as “auto” leaves the choice, ${MODES[mode]} (mode ${mode}).` : undefined}
      actions={<SpanChoice usual={7} />}
    >
      <Section
        title="Work and models"
        about="Expected success with the interval in which it lies (95 %), and below it the share of this work that the model did in the span."
      >
        <Loaded query={routing} lines={14}>
          {(view) => <Matrix view={view} />}
        </Loaded>
      </Section>
      <Section title="Try a prompt" about="Decides as for a real request. Nothing is sent, reserved or remembered.">
        <Try />
      </Section>
      <Section title="Rules" about="Asked before the mode; the first that holds counts.">
        <Loaded query={routing} lines={4}>
          {(view) => <Rules view={view} />}
        </Loaded>
      </Section>
    </Page>
  );
}
