import type {RunSpec} from '@sandglass/protocol';
import type {FastifyRequest} from 'fastify';
import {ownerOf} from '../access/owner.ts';
import type {Acceptance, AcceptOptions} from '../runs/run-service.ts';
import type {RunOrigin} from '../tracing/run-traces.ts';
import type {RouteParts} from './route-parts.ts';

/** Who sends runs, and by what request. */
export type RunSender = Pick<FastifyRequest, 'principal' | 'ip' | 'method' | 'headers' | 'routeOptions'>;

/** Accepts runs for whoever sent the request, within what he may use. Throws what `RunService.accept` and the allowance throw. */
export async function acceptRuns(
  {runs, access, traces}: Pick<RouteParts, 'runs' | 'access' | 'traces'>,
  request: RunSender,
  {specs, ...options}: Omit<AcceptOptions, 'owner' | 'origin'> & {readonly specs: readonly RunSpec[]},
): Promise<Acceptance> {
  const {principal, ip} = request;
  const origin = traces === null ? undefined : originOf(request);
  const accept = () => runs.accept(specs, {...options, owner: ownerOf(principal), origin});
  if (access === null) return await accept();
  return await access.accept(principal, {runs: specs.length, address: ip}, accept);
}

function originOf({method, headers, routeOptions}: RunSender): RunOrigin {
  return {kind: 'http', method, route: routeOptions.url ?? '', traceparent: headers.traceparent};
}
