import {createServer} from 'node:net';
import {describe, expect, it} from 'vitest';
import {RelayChannel} from '../../src/network/relay-channel.ts';
import {RELAY_DATA, WINDOW_BYTES} from '../../src/network/relay-frames.ts';

const TYPE_OFFSET = 4;
const HEADER_BYTES = 8;

describe('a relay channel', () => {
  it('holds a window of data for a relay that does not read, and refuses credit for more', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(Buffer.alloc(8 * WINDOW_BYTES));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    let received = 0;
    const closed = Promise.withResolvers<void>();
    const channel = new RelayChannel({
      id: 1,
      target: {host: '127.0.0.1', port: address.port, address: '127.0.0.1'},
      send: (frame) => {
        if (frame.readUInt8(TYPE_OFFSET) === RELAY_DATA) received += frame.length - HEADER_BYTES;
      },
      onClosed: closed.resolve,
    });

    await expect.poll(() => received).toBe(WINDOW_BYTES);
    expect(channel.grant(2 ** 32 - 1)).toBe(false);
    expect(channel.grant(WINDOW_BYTES + 1)).toBe(false);
    expect(received).toBe(WINDOW_BYTES);
    expect(channel.grant(1000)).toBe(true);
    await expect.poll(() => received).toBe(WINDOW_BYTES + 1000);

    channel.close();
    await closed.promise;
    server.close();
  });
});
