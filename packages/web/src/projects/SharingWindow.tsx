import type {Project, Sharing} from '@sandglass/client';
import {useCallback, useState} from 'react';
import {type Account, wordsFor} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {Dialog} from '../ui/Dialog.tsx';
import {Shown} from '../ui/PageFrame.tsx';

interface SharingWindowProps {
  readonly account: Account;
  readonly project: Project;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

const CHOICES = [
  {visibility: 'private', linkAccess: 'view', words: 'Only me'},
  {visibility: 'link', linkAccess: 'view', words: 'Whoever has the link may look'},
  {visibility: 'link', linkAccess: 'edit', words: 'Whoever has the link and is signed in may change it'},
  {visibility: 'public', linkAccess: 'view', words: 'Everybody may look'},
] as const;

/** Who sees the project. A choice counts at once. */
export function SharingWindow({account, project, isOpen, onClose}: SharingWindowProps) {
  return (
    <Dialog title="Share the project" isOpen={isOpen} onClose={onClose}>
      <SharingChoice account={account} project={project} />
    </Dialog>
  );
}

function SharingChoice({account, project}: Pick<SharingWindowProps, 'account' | 'project'>) {
  const {id} = project;
  const {loaded} = useLoaded(useCallback(() => account.client.sharing({id}), [account, id]));
  const [chosen, setChosen] = useState<Sharing | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <Shown loaded={loaded}>
      {(before) => {
        const sharing = chosen ?? before;
        const address = addressOf(id, sharing);
        return (
          <div className="grid gap-3">
            <fieldset className="grid gap-2">
              <legend className="sr-only">Who sees it</legend>
              {CHOICES.map(({visibility, linkAccess, words}) => (
                <label key={words} className="flex items-center gap-2">
                  <input
                    type="radio"
                    name="sharing"
                    checked={
                      sharing.visibility === visibility &&
                      (visibility !== 'link' || sharing.linkAccess === linkAccess)
                    }
                    onChange={() => {
                      account.client
                        .share({id}, {visibility, linkAccess})
                        .then(setChosen, (error: unknown) => setProblem(wordsFor(error)));
                    }}
                  />
                  {words}
                </label>
              ))}
            </fieldset>
            {address === null ? null : (
              <div className="grid gap-1">
                <span className="text-[13px] font-medium">Address to give away</span>
                <output aria-label="Address to give away" className="field-mono block break-all select-all">
                  {address}
                </output>
              </div>
            )}
            <p role="alert" className="text-bad empty:hidden">
              {problem}
            </p>
          </div>
        );
      }}
    </Shown>
  );
}

/** The secret stands behind "#", so that it reaches no server's log. */
function addressOf(id: string, {visibility, linkToken}: Sharing): string | null {
  if (visibility === 'private') return null;
  return `${location.origin}/#/projects/${id}${linkToken === null ? '' : `/${linkToken}`}`;
}
