import {useStore} from '../state/store.ts';
import {setTheme, THEME_CHOICES, theme} from '../state/theme.ts';
import {Button} from './Button.tsx';
import {Icon} from './Icon.tsx';

const WORDS = {system: 'as the system', light: 'light', dark: 'dark'} as const;
const ICONS = {system: 'system', light: 'sun', dark: 'moon'} as const;

export function ThemeToggle() {
  const choice = useStore(theme, (value) => value.choice);
  const next = THEME_CHOICES[(THEME_CHOICES.indexOf(choice) + 1) % THEME_CHOICES.length] ?? 'system';
  const label = `Colours: ${WORDS[choice]}. Change to ${WORDS[next]}`;
  return (
    <Button look="quiet" className="px-2" aria-label={label} title={label} onClick={() => setTheme(next)}>
      <Icon name={ICONS[choice]} />
    </Button>
  );
}
