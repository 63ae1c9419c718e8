import { Page } from '../../components/page.tsx';

export default function Egress() {
  return <Page title="Egress">{null}</Page>;
}
