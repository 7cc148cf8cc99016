import {
  ApiError,
  type LanguageInfo,
  type Project,
  type ProjectRef,
  type SandglassClient,
  type ServerInfo,
} from '@sandglass/client';
import type {Account} from '../account/account.ts';
import {wordsFor} from '../account/account.ts';
import type {ServerLink} from '../live/server-link.ts';
import {Playground} from '../state/playground.ts';
import {Store} from '../state/store.ts';
import {toProgram, toWorkspace} from './program-workspace.ts';

export type SaveState =
  | {readonly kind: 'saved'}
  | {readonly kind: 'changed'}
  | {readonly kind: 'saving'}
  /** Somebody else has saved; what is here and what is there have to be joined. */
  | {readonly kind: 'conflict'}
  | {readonly kind: 'failed'; readonly message: string};

export interface KeeperParts {
  readonly account: Account;
  readonly ref: ProjectRef;
  readonly project: Project;
  readonly client: SandglassClient;
  readonly link: ServerLink;
  readonly languages: readonly LanguageInfo[];
  readonly limits: ServerInfo['limits'];
}

/** Typing that stops for so long is saved. */
const AUTOSAVE_MS = 1500;
/** A project lives on the server; nothing of it stays in the browser. */
const NO_STORAGE = {getItem: () => null, setItem: () => undefined};

/** An open project: the playground over its files, and when they are saved. The page that opens it closes it. */
export class ProjectKeeper {
  readonly playground: Playground;
  readonly save = new Store<SaveState>({kind: 'saved'});
  readonly project: Store<Project>;
  readonly #parts: KeeperParts;
  /** What the server has. */
  #savedWorkspace;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #saving: Promise<void> = Promise.resolve();
  readonly #unsubscribe: () => void;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.project = new Store(parts.project);
    const workspace = toWorkspace(parts.project.program);
    this.#savedWorkspace = workspace;
    this.playground = new Playground({
      ...parts,
      workspace,
      storage: NO_STORAGE,
      onFinished: (run) => void this.#remember(run.id),
    });
    this.#unsubscribe = this.playground.state.subscribe(() => this.#onChange());
  }

  get mayWrite(): boolean {
    return this.project.value.access !== 'view';
  }

  get ref(): ProjectRef {
    return this.#parts.ref;
  }

  close(): void {
    this.#unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.save.value.kind === 'changed') void this.saveNow();
    this.playground.stop();
  }

  rename(name: string): Promise<void> {
    this.project.update((project) => ({...project, name}));
    this.save.update(() => ({kind: 'changed'}));
    return this.saveNow();
  }

  /** Saves, one after the other; each save is based on the revision that the one before made. */
  saveNow(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#saving = this.#saving.then(() => this.#save());
    return this.#saving;
  }

  /** Takes what the server has, and drops what was changed here since. */
  async takeTheirs(): Promise<void> {
    const project = await this.#parts.account.client.project(this.#parts.ref);
    this.#savedWorkspace = toWorkspace(project.program);
    this.project.update(() => project);
    this.save.update(() => ({kind: 'saved'}));
    this.playground.change(() => this.#savedWorkspace);
  }

  /** Saves what is here over what the other one saved, knowingly. */
  async keepMine(): Promise<void> {
    const {revision} = await this.#parts.account.client.project(this.#parts.ref);
    this.project.update((project) => ({...project, revision}));
    this.save.update(() => ({kind: 'changed'}));
    await this.saveNow();
  }

  #onChange(): void {
    const {workspace} = this.playground.state.value;
    if (workspace === this.#savedWorkspace || !this.mayWrite || this.save.value.kind === 'conflict') return;
    // Which file is open is nobody's business but this page's.
    if (workspace.files === this.#savedWorkspace.files && isSame(workspace, this.#savedWorkspace)) return;
    if (this.save.value.kind !== 'saving') this.save.update(() => ({kind: 'changed'}));
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.saveNow(), AUTOSAVE_MS);
  }

  async #save(): Promise<void> {
    const kind = this.save.value.kind;
    if (!this.mayWrite || kind === 'saved' || kind === 'conflict') return;
    const {workspace} = this.playground.state.value;
    const {name, revision, program} = this.project.value;
    this.save.update(() => ({kind: 'saving'}));
    try {
      const body = {name, revision, program: toProgram(workspace, program)};
      const saved = await this.#parts.account.client.saveProject(this.#parts.ref, body);
      this.#savedWorkspace = workspace;
      this.project.update(() => saved);
      const isBehind = this.playground.state.value.workspace !== workspace;
      this.save.update(() => (isBehind ? {kind: 'changed'} : {kind: 'saved'}));
    } catch (error) {
      const isConflict = error instanceof ApiError && error.code === 'changed-meanwhile';
      this.save.update(() => (isConflict ? {kind: 'conflict'} : {kind: 'failed', message: wordsFor(error)}));
    }
  }

  /** The run goes into the history under the revision that it ran. */
  async #remember(runId: string): Promise<void> {
    if (!this.mayWrite) return;
    await this.saveNow();
    try {
      await this.#parts.account.client.runProject(this.#parts.ref, {runId});
    } catch (error) {
      this.playground.notify(`The run is not in the history: ${wordsFor(error)}`);
    }
  }
}

function isSame(one: object, other: object): boolean {
  const {activePath: _, mode: __, ...left} = one as {activePath?: unknown; mode?: unknown};
  const {activePath: ___, mode: ____, ...right} = other as {activePath?: unknown; mode?: unknown};
  return JSON.stringify(left) === JSON.stringify(right);
}
