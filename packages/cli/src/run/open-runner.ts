import type {Wishes} from '../engine-options.ts';
import type {Runner} from './runner.ts';

/**
 * Opens the server that was named (or that SANDGLASS_SERVER names), else an engine in this process. The caller disposes it.
 * Only the one that is used is loaded: the client is small, the engine is not.
 */
export async function openRunner(
  server = process.env.SANDGLASS_SERVER,
  wishes: Wishes = {},
): Promise<Runner> {
  if (server === undefined || server === '')
    return (await import('./direct-runner.ts')).openDirectRunner(wishes);
  const {ServerRunner} = await import('./server-runner.ts');
  return new ServerRunner({baseUrl: server, apiKey: process.env.SANDGLASS_API_KEY});
}
