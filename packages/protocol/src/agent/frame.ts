/** Bytes before every payload: `u32` payload length, `u8` type, `u8` flags, `u16` stream id, little-endian. */
export const FRAME_HEADER_BYTES = 8;

/** Longest payload of any frame (docs/agent-protocol.md, section 1). */
export const MAX_PAYLOAD_BYTES = 1_048_576;

/** Longest piece of data in one OUTPUT or DATA frame. */
export const MAX_DATA_BYTES = 65_536;

/** Version that HELLO, CONTROL and READY carry. */
export const PROTOCOL_VERSION = 1;

/** Stdin that may be on its way before the first STDIN_CREDIT, and the most that is ever granted ahead. */
export const STDIN_WINDOW_BYTES = 262_144;

/** One message as it stands on the wire. `payload` is a view; whoever keeps it longer than the call copies it. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Frame types of docs/agent-protocol.md, sections 2, 3, 5, 6 and 8. */
export const FRAME_TYPES = {
  write: 0x01,
  exec: 0x02,
  stdin: 0x03,
  credit: 0x04,
  signal: 0x05,
  resize: 0x06,
  read: 0x07,
  list: 0x08,
  kill: 0x09,
  prime: 0x0a,
  alive: 0x0b,
  hello: 0x41,
  result: 0x42,
  started: 0x43,
  output: 0x44,
  exited: 0x45,
  data: 0x46,
  entries: 0x47,
  stdinCredit: 0x48,
  fault: 0x49,
  control: 0x81,
  create: 0x82,
  configure: 0x83,
  destroy: 0x84,
  ping: 0x85,
  pin: 0x86,
  ready: 0xc1,
  created: 0xc2,
  done: 0xc3,
  gone: 0xc4,
  pong: 0xc6,
  renew: 0xa1,
  up: 0xe1,
  renewed: 0xe2,
} as const;
