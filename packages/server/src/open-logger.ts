import {type Logger, pino} from 'pino';
import {collectedLines} from './collected-lines.ts';
import {formatLogLine} from './format-log-line.ts';

/**
 * The log of the process, on stderr: JSON lines for programs, written in the background; on a terminal, lines for people,
 * written at once so that they keep their order with what is printed beside them.
 */
export function openLogger(level: string): Logger {
  // `error` is a fact that the engine logs; without its serializer pino would write it as an empty object.
  const options = {level, serializers: {error: pino.stdSerializers.err}};
  const {stderr} = process;
  if (!stderr.isTTY) return pino(options, collectedLines(2));
  const isColoured = stderr.hasColors() && !process.env.NO_COLOR;
  return pino(options, {write: (line) => void stderr.write(formatLogLine(line, isColoured))});
}
