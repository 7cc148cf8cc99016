import {SandglassError} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';

/** Throws `configuration-invalid` when the address cannot be used. */
export async function listenOn(
  app: FastifyInstance,
  {host, port}: {readonly host: string; readonly port: number},
): Promise<void> {
  try {
    await app.listen({host, port, listenTextResolver: () => 'listening'});
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    const hint =
      code === 'EADDRINUSE'
        ? ' Another program uses the port; choose another one, or 0 for any that is free.'
        : '';
    throw new SandglassError(
      'configuration-invalid',
      `Cannot listen on ${host} port ${port}: ${error}.${hint}`,
      {cause: error},
    );
  }
}
