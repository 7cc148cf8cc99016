import {once} from 'node:events';
import {createServer, type Server, type Socket} from 'node:net';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {RelayChannel} from '../../src/network/relay-channel.ts';
import {
  RELAY_CLOSE,
  RELAY_DATA,
  RelayDecoder,
  type RelayFrame,
  WINDOW_BYTES,
} from '../../src/network/relay-frames.ts';

const HELD_BYTES = 1000;

describe('a channel to a target', () => {
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createServer({allowHalfOpen: true});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    port = address.port;
  });

  afterEach(() => server.close());

  function open(): {channel: RelayChannel; frames: RelayFrame[]; onClosed: () => void} {
    const frames: RelayFrame[] = [];
    const decoder = new RelayDecoder();
    const onClosed = vi.fn();
    const channel = new RelayChannel({
      id: 3,
      target: {host: '127.0.0.1', port},
      send: (frame) => frames.push(...(decoder.push(frame) ?? [])),
      onDone: () => undefined,
      onClosed,
    });
    return {channel, frames, onClosed};
  }

  it('keeps what a closed target has sent until the program takes it', async () => {
    const {channel, frames, onClosed} = open();
    channel.receive(Buffer.alloc(0), true);
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.resume();
    socket.end(Buffer.alloc(WINDOW_BYTES + HELD_BYTES, 'x'));
    await once(socket, 'close');
    await vi.waitFor(() => expect(bytesIn(frames)).toBe(WINDOW_BYTES));
    expect(onClosed).not.toHaveBeenCalled();
    expect(channel.grant(WINDOW_BYTES)).toBe(true);
    await vi.waitFor(() => expect(onClosed).toHaveBeenCalledOnce());
    expect(bytesIn(frames)).toBe(WINDOW_BYTES + HELD_BYTES);
    expect(frames.at(-2)).toMatchObject({type: RELAY_DATA, isLast: true});
    expect(frames.at(-1)).toMatchObject({type: RELAY_CLOSE});
  });

  it('tells of a target that breaks the connection', async () => {
    const {frames, onClosed} = open();
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.resetAndDestroy();
    await vi.waitFor(() => expect(onClosed).toHaveBeenCalledOnce());
    expect(frames.map(({type}) => type)).toEqual([RELAY_CLOSE]);
  });
});

function bytesIn(frames: readonly RelayFrame[]): number {
  return frames.reduce((sum, {payload}) => sum + payload.length, 0);
}
