import { type MantineColorScheme, useMantineColorScheme } from '@mantine/core';
import { Icon, type IconName } from '../components/icon.tsx';

const SCHEMES: readonly { scheme: MantineColorScheme; icon: IconName; name: string }[] = [
  { scheme: 'light', icon: 'sun', name: 'Light' },
  { scheme: 'dark', icon: 'moon', name: 'Dark' },
  { scheme: 'auto', icon: 'auto', name: 'As the system' },
];

/** Light, dark, or what the system says. Kept in this browser. */
export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <fieldset className="scheme">
      <legend className="unseen">Colours</legend>
      {SCHEMES.map(({ scheme, icon, name }) => (
        <button key={scheme} type="button" aria-pressed={colorScheme === scheme} title={name} onClick={() => setColorScheme(scheme)}>
          <Icon name={icon} size={16} />
          <span className="unseen">{name}</span>
        </button>
      ))}
    </fieldset>
  );
}
