import { Page } from '../../components/page.tsx';

export default function Routing() {
  return <Page title="Routing">{null}</Page>;
}
