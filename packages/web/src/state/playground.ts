import {ApiError, type LanguageInfo, type SandglassClient, type ServerInfo} from '@sandglass/client';
import type {Run} from '@sandglass/protocol';
import {addToHistory, type HistoryEntry, readHistory, writeHistory} from '../history/history.ts';
import {keepWorkspace, readWorkspace} from '../history/kept-workspace.ts';
import {Runner} from '../live/runner.ts';
import type {ServerLink} from '../live/server-link.ts';
import {applyMessage, outputOf} from '../session/apply-message.ts';
import type {LiveMessage} from '../session/live-message.ts';
import {MessageQueue} from '../session/message-queue.ts';
import {type Failure, NEW_SESSION, type Session} from '../session/session.ts';
import {fromShareFragment, isShareFragment} from '../share/share-link.ts';
import {TerminalFeed} from '../terminal/terminal-feed.ts';
import {starterWorkspace, withFilesOf} from '../workspace/starter.ts';
import type {Workspace} from '../workspace/workspace.ts';
import {Store} from './store.ts';

export interface PlaygroundState {
  readonly workspace: Workspace;
  readonly session: Session;
  readonly history: readonly HistoryEntry[];
  /** A short message that goes away by itself; `id` makes a repeated one a new one. */
  readonly notice: {readonly id: number; readonly text: string} | null;
}

export interface PlaygroundParts {
  readonly client: SandglassClient;
  readonly link: ServerLink;
  readonly languages: readonly LanguageInfo[];
  readonly limits: ServerInfo['limits'];
  readonly workspace: Workspace;
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  /** Told of each run that this page has begun and that has ended. */
  readonly onFinished?: (run: Run) => void;
}

const DAMAGED_LINK = 'The link is damaged, so its code cannot be shown. Ask for it once more.';

/** What the page knows and can do. Components read `state` and call methods; they change nothing themselves. */
export class Playground {
  readonly state: Store<PlaygroundState>;
  readonly languages: readonly LanguageInfo[];
  readonly limits: ServerInfo['limits'];
  readonly link: ServerLink;
  readonly feed = new TerminalFeed();
  readonly #parts: PlaygroundParts;
  readonly #runner: Runner;
  readonly #messages = new MessageQueue((messages) => this.#receive(messages));
  #notices = 0;
  /** What the run in progress was made from: editing goes on meanwhile. */
  #started: Workspace;

  constructor(parts: PlaygroundParts) {
    this.#parts = parts;
    this.languages = parts.languages;
    this.limits = parts.limits;
    this.link = parts.link;
    this.#started = parts.workspace;
    this.#runner = new Runner({
      client: parts.client,
      link: parts.link,
      feed: this.feed,
      limits: parts.limits,
      onMessage: (message) => this.#messages.push(message),
      onFailure: (failure) => this.#fail(failure),
      onNotice: (text) => this.notify(text),
    });
    this.state = new Store<PlaygroundState>({
      workspace: parts.workspace,
      session: {kind: 'idle'},
      history: readHistory(parts.storage),
      notice: null,
    });
  }

  /** What it knows of the server, for another playground over other files. */
  get surroundings(): Pick<PlaygroundParts, 'client' | 'link' | 'languages' | 'limits'> {
    const {client, link, languages, limits} = this.#parts;
    return {client, link, languages, limits};
  }

  language(id: string): LanguageInfo | undefined {
    return this.languages.find((language) => language.id === id);
  }

  change(edit: (workspace: Workspace) => Workspace): void {
    this.state.update((state) => ({...state, workspace: edit(state.workspace)}));
    keepWorkspace(this.#parts.storage, this.state.value.workspace);
  }

  /** Goes on with what was last written in that language, or with its example. */
  chooseLanguage(id: string): void {
    const to = this.language(id);
    if (to === undefined) return;
    const files = readWorkspace(this.#parts.storage, id) ?? starterWorkspace(to);
    this.change((workspace) => withFilesOf(workspace, files));
  }

  /** Starts the workspace as it stands. Does nothing while a run goes on. */
  run(): void {
    const {session, workspace} = this.state.value;
    if (session.kind === 'active') return;
    this.#started = workspace;
    this.#show(NEW_SESSION);
    this.#runner.start(workspace);
  }

  stop(): void {
    const {session} = this.state.value;
    if (session.kind !== 'active') return;
    this.#show({...session, isStopping: true});
    this.#runner.stop();
  }

  /** Keys for the program in the terminal. */
  type(data: string): void {
    if (this.state.value.session.kind === 'active') this.#runner.type(data);
  }

  resizeTerminal(size: {columns: number; rows: number}): void {
    this.#runner.resize(size);
  }

  /** Opens a run of the past: its workspace at once, its result if the server still has it. */
  async reopen(entry: HistoryEntry): Promise<void> {
    this.#runner.abandon();
    this.#messages.clear();
    this.change(() => entry.workspace);
    this.#show({kind: 'idle'});
    this.feed.reset();
    try {
      const run = await this.#parts.client.get(entry.runId);
      if (this.state.value.workspace !== entry.workspace || run.state !== 'finished') return;
      this.feed.writeText((run.run?.stdout ?? '').replaceAll('\u001b', '').replaceAll('\n', '\r\n'));
      this.#show({kind: 'finished', run, output: outputOf(run.run), compile: run.compile, tests: run.tests});
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Finished runs are kept for a while only; the code is what was asked for.
      this.notify('Opened. The server no longer has the result of that run.');
    }
  }

  /** Opens the workspace of a share link; anything else in the fragment is left alone. */
  async openShared(fragment: string): Promise<void> {
    if (!isShareFragment(fragment)) return;
    const workspace = await fromShareFragment(fragment);
    if (workspace === null) this.notify(DAMAGED_LINK);
    else this.change(() => workspace);
  }

  clearHistory(): void {
    this.#remember([]);
  }

  notify(text: string): void {
    this.#notices += 1;
    this.state.update((state) => ({...state, notice: {id: this.#notices, text}}));
  }

  dismissNotice(id: number): void {
    this.state.update((state) => (state.notice?.id === id ? {...state, notice: null} : state));
  }

  #receive(messages: readonly LiveMessage[]): void {
    this.#show(messages.reduce(applyMessage, this.state.value.session));
    const last = messages.at(-1);
    if (last?.kind !== 'finished') return;
    this.#parts.onFinished?.(last.run);
    this.#remember(addToHistory(this.state.value.history, {run: last.run, workspace: this.#started}));
  }

  #fail(failure: Failure): void {
    this.#messages.flush();
    const {session} = this.state.value;
    if (session.kind !== 'active') return;
    const {output, compile, tests} = session;
    this.#show({kind: 'failed', failure, output, compile, tests});
  }

  #remember(history: readonly HistoryEntry[]): void {
    this.state.update((state) => ({...state, history}));
    writeHistory(this.#parts.storage, history);
  }

  #show(session: Session): void {
    this.state.update((state) => (state.session === session ? state : {...state, session}));
  }
}
