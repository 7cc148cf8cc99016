import type {RunSpec} from '@sandglass/protocol';
import type {FastifyRequest} from 'fastify';
import {ownerOf} from '../access/owner.ts';
import type {Acceptance, AcceptOptions} from '../runs/run-service.ts';
import type {RouteParts} from './route-parts.ts';

/** Accepts runs for whoever sent the request, within what he may use. Throws what `RunService.accept` and the allowance throw. */
export async function acceptRuns(
  {runs, access}: Pick<RouteParts, 'runs' | 'access'>,
  {principal, ip}: Pick<FastifyRequest, 'principal' | 'ip'>,
  {specs, ...options}: Omit<AcceptOptions, 'owner'> & {readonly specs: readonly RunSpec[]},
): Promise<Acceptance> {
  const accept = () => runs.accept(specs, {...options, owner: ownerOf(principal)});
  if (access === null) return await accept();
  return await access.accept(principal, {runs: specs.length, address: ip}, accept);
}
