import type {LanguageInfo, ProjectSummary} from '@sandglass/client';
import {useCallback, useRef, useState} from 'react';
import {type Account, wordsFor} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {Button} from '../ui/Button.tsx';
import {Dialog} from '../ui/Dialog.tsx';
import {Field, Form, textOf} from '../ui/Form.tsx';
import {Icon} from '../ui/Icon.tsx';
import {PageFrame, Shown} from '../ui/PageFrame.tsx';

const SORTS = [
  {sort: 'updated', words: 'Changed last'},
  {sort: 'created', words: 'Newest'},
  {sort: 'name', words: 'Name'},
] as const;

/** One's projects: found, made from a template or an archive, opened. */
export function ProjectsPage({account, languages}: {account: Account; languages: readonly LanguageInfo[]}) {
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState<string>('updated');
  const [isMaking, setMaking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const {loaded, again} = useLoaded(
    useCallback(() => account.client.projects({search, sort}), [account, search, sort]),
  );
  const open = ({id}: {id: string}) => {
    location.hash = `#/projects/${id}`;
  };
  return (
    <PageFrame
      page="projects"
      title="Projects"
      aside={
        <>
          <ImportButton
            onZip={(zipBase64) => {
              account.client
                .importProject({zipBase64})
                .then(open, (error: unknown) => setProblem(wordsFor(error)));
            }}
          />
          <Button look="primary" onClick={() => setMaking(true)}>
            <Icon name="plus" />
            New project
          </Button>
        </>
      }
    >
      <div className="mb-3 flex flex-wrap gap-2">
        <input
          aria-label="Search"
          type="search"
          placeholder="Search by name"
          className="field max-w-64"
          value={search}
          onChange={({target}) => setSearch(target.value)}
        />
        <select
          aria-label="Sort"
          className="h-9 rounded-lg border border-line bg-panel px-2"
          value={sort}
          onChange={({target}) => setSort(target.value)}
        >
          {SORTS.map(({sort: name, words}) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <p role="alert" className="mb-3 text-bad empty:hidden">
        {problem}
      </p>
      <Shown loaded={loaded}>
        {(projects) =>
          projects.length === 0 ? (
            <p className="text-soft">
              {search === '' ? 'No project yet. Begin with a template.' : 'No project has that in its name.'}
            </p>
          ) : (
            <ul className="grid gap-2 sm:grid-cols-2 lg:grid-cols-3">
              {projects.map((project) => (
                <ProjectCard
                  key={project.id}
                  project={project}
                  language={languages.find(({id}) => id === project.language)?.name ?? project.language}
                  onDelete={() => {
                    account.client
                      .deleteProject(project)
                      .then(again, (error: unknown) => setProblem(wordsFor(error)));
                  }}
                />
              ))}
            </ul>
          )
        }
      </Shown>
      <Dialog title="New project" isOpen={isMaking} onClose={() => setMaking(false)}>
        <Form
          submit="Make the project"
          onSubmit={async (fields) => {
            const name = textOf(fields, 'name');
            open(
              await account.client.createProject({
                template: textOf(fields, 'template'),
                ...(name === '' ? {} : {name}),
              }),
            );
          }}
        >
          <Field label="Name" name="name" placeholder="a friendly random one" maxLength={100} autoFocus />
          <label className="grid gap-1">
            <span className="text-[13px] font-medium">Template</span>
            <select name="template" className="field" defaultValue="python">
              {languages
                .filter(({available}) => available)
                .map(({id, name}) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
            </select>
          </label>
        </Form>
      </Dialog>
    </PageFrame>
  );
}

const VISIBILITY_WORDS = {private: '', link: 'shared by link', public: 'public'} as const;

function ProjectCard({
  project,
  language,
  onDelete,
}: {
  project: ProjectSummary;
  language: string;
  onDelete: () => void;
}) {
  const [isAsking, setAsking] = useState(false);
  const {id, name, visibility, updatedAt} = project;
  return (
    <li className="flex flex-col gap-1 rounded-xl border border-line bg-panel p-4">
      <a href={`#/projects/${id}`} className="truncate font-semibold hover:underline">
        <bdi>{name}</bdi>
      </a>
      <p className="text-soft">
        {[language, VISIBILITY_WORDS[visibility]].filter((word) => word !== '').join(' · ')}
      </p>
      <div className="mt-1 flex items-center gap-2">
        <time dateTime={updatedAt} className="mr-auto text-xs text-soft">
          {new Date(updatedAt).toLocaleString()}
        </time>
        {isAsking ? (
          <>
            <Button look="danger" onClick={onDelete}>
              Delete for good
            </Button>
            <Button onClick={() => setAsking(false)}>Keep</Button>
          </>
        ) : (
          <Button look="quiet" className="px-2" aria-label={`Delete ${name}`} onClick={() => setAsking(true)}>
            <Icon name="close" />
          </Button>
        )}
      </div>
    </li>
  );
}

function ImportButton({onZip}: {onZip: (base64: string) => void}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".zip,application/zip"
        aria-label="Zip archive"
        className="sr-only"
        tabIndex={-1}
        onChange={({target}) => {
          const file = target.files?.[0];
          if (file !== undefined)
            void file.arrayBuffer().then((bytes) => onZip(base64(new Uint8Array(bytes))));
          target.value = '';
        }}
      />
      <Button onClick={() => input.current?.click()}>Import a zip</Button>
    </>
  );
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
