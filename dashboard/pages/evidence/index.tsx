import { Page } from '../../components/page.tsx';

export default function Evidence() {
  return <Page title="Evidence">{null}</Page>;
}
