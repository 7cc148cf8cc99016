import type {Command, Execution, ExitReport, Sandbox} from '@sandglass/sandbox';
import {afterEach, describe, expect, it, vi} from 'vitest';
import {ListedDestinations} from '../../src/network/listed-destinations.ts';
import {Relay} from '../../src/network/relay.ts';
import {
  encodeFrame,
  encodeNumber,
  NO_SUCH_NAME,
  RELAY_CREDIT,
  RELAY_DATA,
  RELAY_LOOKUP,
  RELAY_NAME,
  RELAY_OPEN,
  RELAY_READY,
  RelayDecoder,
} from '../../src/network/relay-frames.ts';

const NOTHING = new Uint8Array();
const FRAME_CAP = 16_384;

/** A relay that has been taken over: says what the test wants, and takes what it is told only when the test lets it. */
async function openHostileRelay() {
  const started = Promise.withResolvers<Command>();
  const written: Uint8Array[] = [];
  const taken = Promise.withResolvers<void>();
  const signal = vi.fn<Execution['signal']>();
  const execution: Execution = {
    started: Promise.resolve(),
    exited: new Promise<ExitReport>(() => undefined),
    write: (data) => {
      written.push(data);
      return taken.promise;
    },
    end: () => undefined,
    signal,
    resize: () => undefined,
  };
  const exec = (command: Command) => {
    started.resolve(command);
    return execution;
  };
  const target = {host: 'a.example', dial: '127.0.0.1', port: 9, address: '127.64.0.1'};
  // The one method that a relay uses of its sandbox.
  const sandbox = {exec} as unknown as Sandbox;
  const opening = Relay.start(sandbox, new ListedDestinations([target]), {content: NOTHING});
  const {onOutput} = await started.promise;
  const say = (...frames: readonly Uint8Array[]) => void onOutput('stdout', Buffer.concat(frames));
  say(encodeFrame(RELAY_READY, 0, NOTHING));
  return {relay: await opening, say, written, signal, takeAll: taken.resolve};
}

const lookup = (id: number, name: string) =>
  encodeFrame(RELAY_LOOKUP, id, Buffer.concat([encodeNumber(Buffer.byteLength(name)), Buffer.from(name)]));

describe('The worker’s end of a relay', () => {
  let opened: Awaited<ReturnType<typeof openHostileRelay>> | undefined;
  afterEach(() => {
    opened?.relay[Symbol.dispose]();
    opened?.takeAll();
  });

  it('keeps no more than 16 384 frames for a relay that does not read, then ends it', async () => {
    opened = await openHostileRelay();
    const {say, written, signal} = opened;
    say(...Array.from({length: FRAME_CAP}, () => lookup(0, 'b.example')));
    await vi.waitFor(() => expect(written).toHaveLength(FRAME_CAP));
    expect(signal).not.toHaveBeenCalled();
    say(lookup(0, 'b.example'));
    await vi.waitFor(() => expect(signal).toHaveBeenCalledWith('SIGKILL', 'main'));
    say(...Array.from({length: 100}, () => lookup(0, 'b.example')));
    expect(written).toHaveLength(FRAME_CAP);
  });

  it('answers that there is no other name than those of the targets', async () => {
    opened = await openHostileRelay();
    const {say, written} = opened;
    say(lookup(7, 'elsewhere.example'));
    await vi.waitFor(() => expect(written).toHaveLength(1));
    const [answer] = new RelayDecoder().push(written[0] ?? NOTHING) ?? [];
    expect(answer).toMatchObject({type: RELAY_NAME, channel: 7});
    expect(answer?.payload.readUInt32LE(0)).toBe(NO_SUCH_NAME);
  });

  it.each<[string, Uint8Array]>([
    ['opens a target that is not there', encodeFrame(RELAY_OPEN, 0, encodeNumber(1))],
    ['opens a target by a number that is cut off', encodeFrame(RELAY_OPEN, 0, Buffer.from([0]))],
    ['uses a channel past the last', encodeFrame(RELAY_OPEN, 64, encodeNumber(0))],
    [
      'asks for a name that is longer than it says',
      encodeFrame(RELAY_LOOKUP, 0, Buffer.from([1, 0, 0, 0, 97, 98])),
    ],
    ['asks for a name that is too long', lookup(0, 'a'.repeat(256))],
    ['sends a credit that is cut off', encodeFrame(RELAY_CREDIT, 0, Buffer.from([1]))],
    ['sends a frame of a type that only the worker sends', encodeFrame(RELAY_NAME, 0, encodeNumber(0))],
    ['announces a frame past the bound', Buffer.from([0, 0, 2, 0, RELAY_DATA, 0, 0, 0])],
  ])('ends a relay that %s', async (_title, frame) => {
    opened = await openHostileRelay();
    opened.say(frame);
    expect(opened.signal).toHaveBeenCalledWith('SIGKILL', 'main');
  });
});
