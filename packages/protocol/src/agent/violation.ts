import {SandglassError} from '../errors.ts';

/** The error for a peer that broke the protocol. Whoever catches it destroys the sandbox: nothing that follows can be trusted. */
export function violation(what: string): SandglassError {
  return new SandglassError('agent-protocol-violation', `The agent broke its protocol: ${what}.`);
}
