import type {LanguageInfo} from '@sandglass/client';
import {createEngine, type Engine} from '@sandglass/engine';
import {describeLanguage} from '@sandglass/languages';
import type {EngineEvent, RunRequest, RunResult} from '@sandglass/protocol';
import {loadConfig} from '@sandglass/server/config';
import {engineOptions, type Wishes} from '../engine-options.ts';
import type {Runner, RunOptions} from './runner.ts';

/**
 * Starts an engine in this process, with the settings that a server here would have. The caller disposes it.
 * Throws what the configuration and `createEngine` throw.
 */
export async function openDirectRunner(wishes: Wishes): Promise<Runner> {
  const {config} = await loadConfig({flags: {}, env: process.env, cwd: process.cwd()});
  return new DirectRunner(await createEngine(engineOptions(config, wishes)), config.maxLimits.wallTimeMs);
}

class DirectRunner implements Runner {
  readonly #engine: Engine;
  readonly #maxWallTimeMs: number;

  constructor(engine: Engine, maxWallTimeMs: number) {
    this.#engine = engine;
    this.#maxWallTimeMs = maxWallTimeMs;
  }

  async languages(): Promise<readonly LanguageInfo[]> {
    return this.#engine.languages.entries.map(describeLanguage);
  }

  async maxWallTimeMs(): Promise<number> {
    return this.#maxWallTimeMs;
  }

  run(request: RunRequest, options: RunOptions): Promise<RunResult> {
    return this.#engine.run(request, {
      signal: options.signal,
      interaction: options.talk,
      onEvent: (event) => passOn(event, options),
      // As by hand: programs write line by line to a terminal, in blocks to a pipe or file.
      isLive: process.stdout.isTTY,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }
}

function passOn(event: EngineEvent, {onOutput, onCompiled}: RunOptions): Promise<void> | void {
  switch (event.kind) {
    case 'state':
    case 'test':
      return;
    case 'compiled':
      return onCompiled(event.compile.stdout + event.compile.stderr);
    case 'output':
      return onOutput(event.stream, event.data);
    default:
      event satisfies never;
  }
}
