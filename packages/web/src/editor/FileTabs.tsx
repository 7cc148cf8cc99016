import {type KeyboardEvent, useState} from 'react';
import type {Playground} from '../state/playground.ts';
import {Icon} from '../ui/Icon.tsx';
import {addFile, deleteFile, pathProblem, renameFile} from '../workspace/files.ts';
import type {Workspace} from '../workspace/workspace.ts';
import {FileNameField} from './FileNameField.tsx';

type Naming =
  | {readonly kind: 'none'}
  | {readonly kind: 'new'}
  | {readonly kind: 'rename'; readonly path: string};

/** One tab for each file; double click (or the pencil) renames. */
export function FileTabs({playground, workspace}: {playground: Playground; workspace: Workspace}) {
  const [naming, setNaming] = useState<Naming>({kind: 'none'});
  const paths = workspace.files.map(({path}) => path);
  const done = () => setNaming({kind: 'none'});

  return (
    <div className="flex items-center overflow-x-auto border-b border-line bg-raised pl-1.5 [scrollbar-width:thin]">
      <div
        role="tablist"
        aria-label="Files"
        className="flex items-center"
        onKeyDown={moveFocus}
        tabIndex={-1}
      >
        {paths.map((path) =>
          naming.kind === 'rename' && naming.path === path ? (
            <FileNameField
              key={path}
              initial={path}
              problem={(name) =>
                pathProblem(
                  name,
                  paths.filter((other) => other !== path),
                )
              }
              onDone={(name) => {
                playground.change((old) => renameFile(old, path, name));
                done();
              }}
              onCancel={done}
            />
          ) : (
            <FileTab
              key={path}
              path={path}
              isActive={path === workspace.activePath}
              onOpen={() => playground.change((old) => ({...old, activePath: path}))}
              onRename={() => setNaming({kind: 'rename', path})}
            />
          ),
        )}
      </div>
      {naming.kind === 'new' ? (
        <FileNameField
          initial=""
          problem={(name) => pathProblem(name, paths)}
          onDone={(name) => {
            playground.change((old) => addFile(old, name));
            done();
          }}
          onCancel={done}
        />
      ) : (
        <TabButton icon="plus" label="Add a file" onClick={() => setNaming({kind: 'new'})} />
      )}
      <span className="ml-auto flex pr-1">
        <TabButton
          icon="pencil"
          label={`Rename ${workspace.activePath}`}
          onClick={() => setNaming({kind: 'rename', path: workspace.activePath})}
        />
        {paths.length === 1 ? null : (
          <TabButton
            icon="close"
            label={`Delete ${workspace.activePath}`}
            onClick={() => playground.change((old) => deleteFile(old, old.activePath))}
          />
        )}
      </span>
    </div>
  );
}

/** The arrow keys go from tab to tab (WAI-ARIA practices, "Tabs with manual activation"). */
function moveFocus({key, currentTarget}: KeyboardEvent<HTMLElement>): void {
  const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  const tabs = [...currentTarget.querySelectorAll<HTMLElement>('[role=tab]')];
  const {activeElement} = document;
  const at = activeElement instanceof HTMLElement ? tabs.indexOf(activeElement) : -1;
  if (step !== 0 && at !== -1) tabs[(at + step + tabs.length) % tabs.length]?.focus();
}

interface FileTabProps {
  readonly path: string;
  readonly isActive: boolean;
  readonly onOpen: () => void;
  readonly onRename: () => void;
}

function FileTab({path, isActive, onOpen, onRename}: FileTabProps) {
  return (
    <button
      type="button"
      role="tab"
      aria-selected={isActive}
      aria-controls="editor"
      onClick={onOpen}
      onDoubleClick={onRename}
      className={`-mb-px h-9.5 border-b-2 px-3 font-mono text-[13px] whitespace-nowrap outline-offset-[-3px] ${isActive ? 'border-accent text-ink' : 'border-transparent text-soft hover:text-ink'}`}
    >
      {path}
    </button>
  );
}

function TabButton({
  icon,
  label,
  onClick,
}: {
  icon: 'plus' | 'pencil' | 'close';
  label: string;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="grid size-8 shrink-0 place-items-center rounded-lg text-soft outline-offset-[-2px] hover:bg-panel hover:text-ink"
    >
      <Icon name={icon} className="size-4" />
    </button>
  );
}
