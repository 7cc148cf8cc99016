import {type Logger, pino} from 'pino';
import {formatLogLine} from './format-log-line.ts';

/** Each write wakes another thread, which costs more than the line itself; under load lines are collected for this long. */
const FLUSH_EVERY_MS = 100;
const FLUSH_AT_BYTES = 8 * 1024;

/**
 * The log of the process, on stderr: JSON lines for programs, written in the background; on a terminal, lines for people,
 * written at once so that they keep their order with what is printed beside them.
 */
export function openLogger(level: string): Logger {
  // `error` is a fact that the engine logs; without its serializer pino would write it as an empty object.
  const options = {level, serializers: {error: pino.stdSerializers.err}};
  const {stderr} = process;
  if (!stderr.isTTY) {
    const destination = pino.destination({
      fd: 2,
      sync: false,
      minLength: FLUSH_AT_BYTES,
      periodicFlush: FLUSH_EVERY_MS,
    });
    return pino(options, destination);
  }
  const isColoured = stderr.hasColors() && !process.env.NO_COLOR;
  return pino(options, {write: (line) => void stderr.write(formatLogLine(line, isColoured))});
}
