import {ApiError, type ProjectRef} from '@sandglass/client';
import {useEffect, useMemo, useState} from 'react';
import {type Account, useAccountState, wordsFor} from '../account/account.ts';
import {EditorPane} from '../editor/EditorPane.tsx';
import {ResultPane} from '../panels/ResultPane.tsx';
import {RunBar} from '../panels/RunBar.tsx';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {Button} from '../ui/Button.tsx';
import {HelpDialog} from '../ui/HelpDialog.tsx';
import {LinkBanner} from '../ui/LinkBanner.tsx';
import {Notice} from '../ui/Notice.tsx';
import {TopBar} from '../ui/TopBar.tsx';
import {useShortcuts} from '../ui/use-shortcuts.ts';
import {FileTree} from './FileTree.tsx';
import {HistoryWindow} from './HistoryWindow.tsx';
import {ProjectKeeper} from './project-keeper.ts';
import {SharingWindow} from './SharingWindow.tsx';

interface ProjectPageProps {
  readonly account: Account;
  readonly id: string;
  /** From a shared address. */
  readonly link: string | null;
  /** The page's own playground, for what it knows of the server. */
  readonly base: Playground;
}

/** Opens a project; the editor is there once it has come. */
export function ProjectPage({account, id, link, base}: ProjectPageProps) {
  const [keeper, setKeeper] = useState<ProjectKeeper | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let opened: ProjectKeeper | null = null;
    let isGone = false;
    const ref: ProjectRef = {id, link};
    setKeeper(null);
    setProblem(null);
    account.client.project(ref).then(
      (project) => {
        if (isGone) return;
        opened = new ProjectKeeper({...base.surroundings, account, ref, project});
        setKeeper(opened);
      },
      (error: unknown) =>
        setProblem(error instanceof ApiError && error.status === 404 ? NOT_THERE : wordsFor(error)),
    );
    return () => {
      isGone = true;
      opened?.close();
    };
  }, [account, id, link, base]);

  if (keeper !== null) return <OpenProject account={account} keeper={keeper} />;
  return (
    <div className="flex h-full flex-col">
      <TopBar page="projects" />
      <main className="flex flex-1 items-center justify-center p-6 text-soft">
        <p role="status">{problem ?? 'Opening the project …'}</p>
      </main>
    </div>
  );
}

const NOT_THERE = 'There is no such project, or it is not shared with you.';
type OpenWindow = 'none' | 'sharing' | 'history' | 'help';

function OpenProject({account, keeper}: {account: Account; keeper: ProjectKeeper}) {
  const {playground} = keeper;
  const [window, setWindow] = useState<OpenWindow>('none');
  const project = useStore(keeper.project, (value) => value);
  const isSignedIn = useAccountState()?.user != null;
  const actions = useMemo(
    () => ({
      run: () => playground.run(),
      stop: () => playground.stop(),
      share: () => void keeper.saveNow(),
      history: () => setWindow('history'),
      help: () => setWindow('help'),
    }),
    [playground, keeper],
  );
  useShortcuts(actions, true);
  const fork = () => {
    account.client.forkProject(keeper.ref).then(
      ({id}) => {
        location.hash = `#/projects/${id}`;
      },
      (error: unknown) => playground.notify(wordsFor(error)),
    );
  };

  return (
    <div className="flex h-full flex-col">
      <TopBar page="projects">
        {isSignedIn ? <Button onClick={fork}>Fork</Button> : null}
        <a
          href={`/v1/projects/${project.id}/export`}
          onClick={(event) => {
            if (keeper.ref.link == null) return;
            // The link's secret goes into a header, which an address cannot have.
            event.preventDefault();
            playground.notify('Fork the project to export it.');
          }}
          className="inline-flex h-9 items-center rounded-lg border border-line bg-panel px-3 hover:bg-raised"
        >
          Export
        </a>
        {keeper.mayWrite ? <Button onClick={() => setWindow('history')}>History</Button> : null}
        {project.access === 'owner' ? (
          <Button look="primary" onClick={() => setWindow('sharing')}>
            Share
          </Button>
        ) : null}
      </TopBar>
      <LinkBanner playground={playground} />
      <ProjectHead keeper={keeper} />
      <RunBar playground={playground} />
      <main className="grid min-h-0 flex-1 gap-2 p-2 pt-0 max-lg:overflow-auto sm:p-3 sm:pt-0 lg:grid-cols-[12rem_minmax(0,1fr)_minmax(0,1fr)]">
        <div className="min-h-0 max-lg:max-h-40">
          <FileTree playground={playground} />
        </div>
        <div className="min-h-0 min-w-0 max-lg:h-80">
          <EditorPane playground={playground} />
        </div>
        <div className="min-h-0 min-w-0 max-lg:h-80">
          <ResultPane playground={playground} />
        </div>
      </main>
      <SharingWindow
        account={account}
        project={project}
        isOpen={window === 'sharing'}
        onClose={() => setWindow('none')}
      />
      <HistoryWindow
        account={account}
        projectRef={keeper.ref}
        isOpen={window === 'history'}
        onClose={() => setWindow('none')}
      />
      <HelpDialog isOpen={window === 'help'} onClose={() => setWindow('none')} />
      <Notice playground={playground} />
    </div>
  );
}

/** Name, and whether everything is saved. */
function ProjectHead({keeper}: {keeper: ProjectKeeper}) {
  const {name, access} = useStore(keeper.project, (value) => value);
  const save = useStore(keeper.save, (state) => state);
  const [draft, setDraft] = useState(name);
  useEffect(() => setDraft(name), [name]);
  return (
    <div className="flex flex-wrap items-center gap-3 px-3 pt-2">
      {keeper.mayWrite ? (
        <input
          aria-label="Name of the project"
          dir="auto"
          className="rounded-lg border border-transparent bg-transparent px-1.5 py-1 font-semibold hover:border-line"
          value={draft}
          maxLength={100}
          onChange={({target}) => setDraft(target.value)}
          onBlur={() => {
            if (draft.trim() !== '' && draft !== name) void keeper.rename(draft.trim());
            else setDraft(name);
          }}
        />
      ) : (
        <h2 className="px-1.5 font-semibold">
          <bdi>{name}</bdi>
        </h2>
      )}
      <p
        role="status"
        className={save.kind === 'failed' || save.kind === 'conflict' ? 'text-bad' : 'text-soft'}
      >
        {access === 'view' ? 'You may look and run. Fork it to change it.' : saveWords(save)}
      </p>
      {save.kind === 'conflict' ? (
        <span className="flex gap-1.5">
          <Button onClick={() => void keeper.takeTheirs()}>Show what was saved</Button>
          <Button onClick={() => void keeper.keepMine()}>Keep what is here</Button>
        </span>
      ) : null}
    </div>
  );
}

function saveWords(save: ProjectKeeper['save']['value']): string {
  switch (save.kind) {
    case 'saved':
      return 'Saved';
    case 'changed':
      return 'Not saved yet';
    case 'saving':
      return 'Saving …';
    case 'conflict':
      return 'Somebody else has changed the project, perhaps you in another tab. Nothing was overwritten.';
    case 'failed':
      return save.message;
    default:
      return save satisfies never;
  }
}
