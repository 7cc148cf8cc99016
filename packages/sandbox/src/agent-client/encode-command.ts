import {encodeWorkerMessage, FrameWriter} from '@sandglass/protocol/agent';
import type {Command} from '../driver.ts';
import {OUTPUT_WINDOW_BYTES} from './output-flow.ts';

const DEFAULT_FILE_MODE = 0o644;

/** Deep recursion is ordinary in submitted programs; memory is bounded by its own limit, so the stack need not be. */
const STACK_BYTES = 64 * 1024 * 1024;

/** What most programs are used to (`ulimit -n`). */
const OPEN_FILES = 1024;

/** What each process starts with besides its arguments and environment. */
export const START_LIMITS = {stackBytes: STACK_BYTES, openFiles: OPEN_FILES} as const;

/** Frame headers and fixed fields of a file, and of an exec with a usual environment. */
const FILE_OVERHEAD_BYTES = 256;
const EXEC_BYTES = 2048;
const SMALL_CONTENT_BYTES = 16_384;

/** The message that writes a command's files and starts it; its input can be appended. */
export function encodeCommand(
  command: Command,
  ids: {readonly streamId: number; fileStreamId(): number},
  {takesPrimed}: {readonly takesPrimed: boolean},
): FrameWriter {
  const writer = new FrameWriter(expectedBytes(command));
  for (const file of command.files)
    encodeWorkerMessage(writer, ids.fileStreamId(), {
      kind: 'write',
      path: file.path,
      mode: file.mode ?? DEFAULT_FILE_MODE,
      content: file.content,
      isQuiet: true,
    });
  encodeWorkerMessage(writer, ids.streamId, {
    kind: 'exec',
    terminal: command.terminal,
    stopAtOutputLimit: command.stopAtOutputLimit,
    keepOthers: command.keepOthers,
    wallTimeMs: command.wallTimeMs,
    cpuTimeMs: command.cpuTimeMs,
    outputBytes: command.outputBytes,
    fileBytes: command.fileBytes,
    ...START_LIMITS,
    processes: command.processes,
    windowBytes: OUTPUT_WINDOW_BYTES,
    takesPrimed,
    cwd: command.cwd,
    argv: command.argv,
    env: command.env,
  });
  return writer;
}

/** Room for everything that is copied, so that an ordinary start is one buffer and one system call. */
function expectedBytes(command: Command): number {
  let bytes = EXEC_BYTES;
  for (const {content} of command.files)
    bytes += FILE_OVERHEAD_BYTES + (content.length < SMALL_CONTENT_BYTES ? content.length : 0);
  if (command.stdin !== 'open' && command.stdin.length < SMALL_CONTENT_BYTES) bytes += command.stdin.length;
  return bytes;
}
