import './keys.css';
import { Page, Section } from '../../components/page.tsx';
import { Budgets } from './budgets.tsx';
import { GroupDialog } from './group-dialog.tsx';
import { Groups } from './groups.tsx';
import { KeyDialog } from './key-dialog.tsx';
import { Keys } from './keys.tsx';

/** Who may ask for what, and what is left of their money. */
export default function KeysPage() {
  return (
    <Page title="Keys and budgets" about="Who may ask, for what, and how much it may cost.">
      <Section title="Budgets" about="The most that a request can cost is set aside before it goes out, so a budget is never passed.">
        <Budgets />
      </Section>
      <Section title="Keys" about="A key has its own rules, its team’s and its project’s; the strictest count." actions={<KeyDialog />}>
        <Keys />
      </Section>
      <Section title="Teams" about="Rules and budgets for all keys of a team together." actions={<GroupDialog kind="team" />}>
        <Groups kind="team" />
      </Section>
      <Section title="Projects" about="The same for the keys of a project." actions={<GroupDialog kind="project" />}>
        <Groups kind="project" />
      </Section>
    </Page>
  );
}
