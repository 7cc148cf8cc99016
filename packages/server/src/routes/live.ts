import {SandglassError} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import type {Operation} from './operation.ts';

/** `/v1/live` as an ordinary request: says what the address is for. WebSockets are received by `LiveDoor`, before any route is asked. */
export function registerLive(app: FastifyInstance): void {
  app.get('/v1/live', {config: {operation}, exposeHeadRoute: false}, async () => {
    throw new SandglassError(
      'invalid-request',
      'Cannot answer over plain HTTP: this address speaks WebSocket (RFC 6455). Open one, and send {"kind": "start", "run": …}.',
    );
  });
}

const operation: Operation = {
  operationId: 'talkToRun',
  summary: 'Talk to a program while it runs (WebSocket)',
  access: 'run',
  description: [
    'JSON messages as text. The client sends `{kind: "start", run: RunRequest, terminal?: {columns, rows}}` first, then any of',
    '`{kind: "stdin", data | dataBase64}`, `{kind: "eof"}`, `{kind: "resize", columns, rows}`, `{kind: "signal", signal}`, `{kind: "stop"}`.',
    'The server sends `{kind: "accepted", id}`, `{kind: "state", state}`, `{kind: "compiled", compile}`,',
    '`{kind: "stdout" | "stderr" | "terminal", data | dataBase64, atMs}`, `{kind: "test", test}`, `{kind: "finished", run}` and closes with 1000;',
    'or `{kind: "error", problem}` and closes with 1008 (the client\'s fault) or 1011 (the server\'s). When the socket closes the run is cancelled.',
  ].join('\n'),
  errors: ['invalid-request', 'forbidden'],
  responses: {101: {description: 'The connection is a WebSocket now.', schema: Type.Unknown()}},
};
