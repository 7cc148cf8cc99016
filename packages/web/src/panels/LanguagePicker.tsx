import type {LanguageInfo} from '@sandglass/client';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';

/** All languages of the server; those that cannot run say why. The browser's own list works with every keyboard and phone. */
export function LanguagePicker({playground}: {playground: Playground}) {
  const chosen = useStore(playground.state, ({workspace}) => workspace.language);
  const isActive = useStore(playground.state, ({session}) => session.kind === 'active');
  const available = playground.languages.filter((language) => language.available);
  const others = playground.languages.filter((language) => !language.available);
  const isKnown = playground.language(chosen) !== undefined;
  return (
    <select
      aria-label="Language"
      className="h-9 max-w-48 rounded-lg border border-line bg-panel pr-2 pl-3 font-medium disabled:opacity-60"
      value={chosen}
      disabled={isActive}
      onChange={(event) => playground.chooseLanguage(event.target.value)}
    >
      {isKnown ? null : <option value={chosen}>{chosen} (unknown here)</option>}
      {available.map((language) => (
        <option key={language.id} value={language.id}>
          {titleOf(language)}
        </option>
      ))}
      {others.length === 0 ? null : (
        <optgroup label="Not available here">
          {others.map((language) => (
            <option key={language.id} value={language.id} disabled title={language.reason}>
              {language.name} – {language.reason ?? 'no reason given'}
            </option>
          ))}
        </optgroup>
      )}
    </select>
  );
}

function titleOf({name, version}: LanguageInfo): string {
  return version === '' ? name : `${name} ${version}`;
}
