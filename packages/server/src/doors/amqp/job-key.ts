import {createHash} from 'node:crypto';
import type {Job} from './job-protocol.ts';

/** Longer ids of messages stand for themselves by their hash. */
const GIVEN_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * What makes two deliveries of a message one run: the id that its sender gave it, or else everything that it says. The latter is believed only of
 * deliveries that the broker itself calls further ones: nobody keeps a client from sending the same job twice.
 */
export function jobKey(
  queue: string,
  {id, request}: Job,
  messageId: unknown,
): {readonly key: string; readonly isGiven: boolean} {
  if (typeof messageId === 'string' && messageId !== '')
    return {key: GIVEN_KEY.test(messageId) ? messageId : `message-${digest(messageId)}`, isGiven: true};
  return {key: `job-${digest(JSON.stringify([queue, id, request.language, request.code]))}`, isGiven: false};
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
