import { Page } from '../../components/page.tsx';

export default function Exchanges() {
  return <Page title="Exchanges">{null}</Page>;
}
