import type {Engine} from '@sandglass/engine';
import type {RunSpec} from '@sandglass/protocol';
import type {SharedRunStore} from '@sandglass/store';
import {ownerOf} from '../../access/owner.ts';
import type {Config} from '../../config/config-schema.ts';
import type {AcceptAttended} from '../../live/accept-attended.ts';
import {permittedRunId} from '../../live/session-permit.ts';
import {LiveRun} from '../../runs/live-run.ts';
import type {LiveRuns} from '../../runs/live-runs.ts';
import {newId} from '../../runs/run-id.ts';
import {type AcceptanceWatch, watchAcceptance} from '../../tracing/watch-acceptance.ts';
import type {LeaseKeeper} from './lease-keeper.ts';

export interface AttendedRunsParts {
  readonly engine: Pick<Engine, 'check'>;
  readonly store: Pick<SharedRunStore, 'accept'>;
  readonly keeper: LeaseKeeper;
  readonly lives: LiveRuns;
  readonly worker: string;
  readonly config: Config;
  readonly watch: AcceptanceWatch;
}

/** Runs that a client attends: accepted by the worker that executes them, and leased to it from the start. */
export class AttendedRuns {
  readonly #parts: AttendedRunsParts;

  constructor(parts: AttendedRunsParts) {
    this.#parts = parts;
  }

  /** Resolves when the run is durable. Throws what the engine has against it, `server-full`, `store-failed`. */
  async accept(spec: RunSpec, options: Parameters<AcceptAttended>[1]): Promise<LiveRun> {
    return await watchAcceptance(this.#parts.watch, {kind: 'live'}, async (traceparent) => {
      const answer = await this.#accept(spec, options, traceparent);
      return {runIds: [answer.id], answer};
    });
  }

  async #accept(
    spec: RunSpec,
    {caller: {principal, permit}, audience}: Parameters<AcceptAttended>[1],
    traceparent: string | null,
  ): Promise<LiveRun> {
    const {engine, store, keeper, lives, worker, config} = this.#parts;
    const runId = permittedRunId(permit);
    const {recipe, toolchain} = engine.check(spec);
    lives.refuseOverflow([spec]);
    const now = Date.now();
    const identity = {
      id: runId ?? newId(now),
      owner: ownerOf(principal),
      spec,
      language: {id: recipe.id, version: toolchain.version},
      createdAt: new Date(now).toISOString(),
      traceparent,
    };
    const live = new LiveRun(identity, {isLive: true, audience});
    lives.add(live);
    const holder = {worker, leaseMs: config.cluster.leaseMs, isAttended: true};
    try {
      await store.accept([{...identity, batchId: null}], null, {
        weight: 1,
        isLive: true,
        holder,
        traceparent,
      });
    } catch (error) {
      lives.remove(live);
      throw error;
    }
    keeper.hold(live, 1);
    return live;
  }
}
