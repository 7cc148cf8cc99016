import type {SandglassClient} from '@sandglass/client';
import type {RunRequest} from '@sandglass/protocol';
import type {LiveMessage} from '../session/live-message.ts';

export interface FollowSubmittedOptions {
  readonly signal: AbortSignal;
  readonly onMessage: (message: LiveMessage) => void;
}

/**
 * Submits a run and follows its events until it is finished. The run lives on the server: a broken connection is taken up
 * where it broke. Throws what the client throws.
 */
export async function followSubmitted(
  client: SandglassClient,
  request: RunRequest,
  {signal, onMessage}: FollowSubmittedOptions,
): Promise<void> {
  const {id} = await client.submit(request, {signal});
  onMessage({kind: 'accepted', id});
  for await (const event of client.events(id, {signal})) onMessage(event);
}
