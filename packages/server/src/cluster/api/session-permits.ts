import {setTimeout as delay} from 'node:timers/promises';
import {type Run, SandglassError} from '@sandglass/protocol';
import {type AccessControl, usedBy} from '../../access/access-control.ts';
import {ownerOf} from '../../access/owner.ts';
import type {Caller} from '../../live/live-door.ts';
import {refusalBy, type SessionPermit} from '../../live/session-permit.ts';
import {newId} from '../../runs/run-id.ts';
import type {Runs} from '../../runs/runs.ts';

/** A run ends a moment after its session; whatever takes longer is settled by the house-keeping. */
const END_WITHIN_MS = 10_000;
/** A session that ends at its very beginning may still have a run on its way to the database. */
const UNSEEN_FOR_MS = 1_000;
const NOTHING = {cpuMs: 0, wallMs: 0};

export interface PermittedSession {
  readonly permit: SessionPermit;
  /** The session is over: its place goes back and what its run used is written down. */
  end(): void;
}

export interface SessionPermitsParts {
  readonly access: AccessControl | null;
  readonly runs: Pick<Runs, 'wait'>;
  readonly onFault: (error: unknown) => void;
}

/**
 * Holds the runs of live sessions to their owners' allowances where a worker accepts and executes them: a place is taken before the session begins, under the
 * id that its run will have.
 */
export class SessionPermits {
  readonly #parts: SessionPermitsParts;

  constructor(parts: SessionPermitsParts) {
    this.#parts = parts;
  }

  /** Throws what the database throws; an allowance that is used up is a refusal. */
  async open(caller: Caller): Promise<PermittedSession> {
    const {access, onFault} = this.#parts;
    const runId = newId(Date.now());
    const permit = {kind: 'granted', runId} as const;
    if (access === null) return {permit, end: () => undefined};
    const owner = ownerOf(caller.principal);
    try {
      const admission = await access.accounts.gate.admit(caller.principal, {runs: 1, runOwner: owner});
      admission?.keep([runId]);
      const end = async (): Promise<void> => {
        const run = await this.#find(runId, owner);
        if (run === null) return admission?.ended(0, NOTHING);
        if (run.state === 'finished') admission?.ended(0, usedBy(run));
        const facts = {language: run.language.id};
        access.record(caller.principal, {
          action: 'run.start',
          target: runId,
          address: caller.address,
          facts,
        });
      };
      return {permit, end: () => void end().catch(onFault)};
    } catch (error) {
      if (!(error instanceof SandglassError)) throw error;
      return {permit: refusalBy(error), end: () => undefined};
    }
  }

  /** The session's run at its end, or as it stands after a while; null when there was none. */
  async #find(runId: string, owner: string): Promise<Run | null> {
    for (const pauseMs of [0, UNSEEN_FOR_MS]) {
      await delay(pauseMs, undefined, {ref: false});
      try {
        const signal = AbortSignal.timeout(END_WITHIN_MS);
        return await this.#parts.runs.wait(runId, owner, {timeoutMs: END_WITHIN_MS, signal});
      } catch (error) {
        if (!(error instanceof SandglassError && error.code === 'not-found')) throw error;
      }
    }
    return null;
  }
}
