import {Store} from './store.ts';

export const THEME_CHOICES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

export interface Theme {
  readonly choice: ThemeChoice;
  /** What the choice comes to now. */
  readonly scheme: 'light' | 'dark';
}

const KEY = 'sandglass.theme';
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

/** The page's colours: one per page, like the page's root element that they are written to. */
export const theme = new Store<Theme>(resolve(readChoice()));

apply(theme.value);
prefersDark.addEventListener('change', () => setTheme(theme.value.choice));

export function setTheme(choice: ThemeChoice): void {
  theme.update(() => resolve(choice));
  apply(theme.value);
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}

function resolve(choice: ThemeChoice): Theme {
  const system = prefersDark.matches ? 'dark' : 'light';
  return {choice, scheme: choice === 'system' ? system : choice};
}

function apply({scheme}: Theme): void {
  document.documentElement.dataset.theme = scheme;
}

function readChoice(): ThemeChoice {
  try {
    return THEME_CHOICES.find((choice) => choice === localStorage.getItem(KEY)) ?? 'system';
  } catch {
    // Storage is switched off: as the system has it.
    return 'system';
  }
}
