import {styleText} from 'node:util';

const WARN = 40; // Pino's numbers: 30 is info, 40 warn, 50 error, 60 fatal.
const ERROR = 50;
/** Control characters but line breaks: what a log line quotes must not command the terminal (ECMA-48). */
const CONTROL = /[^\P{Cc}\n]/gu;

/**
 * One JSON line of pino as a line for people: time of day (local), message, then the facts as `name=value`; the stack of an
 * error follows indented. Text that is no such line stays as it is, without its control characters.
 *
 * @param isColoured whether the result goes where colours are wanted
 */
export function formatLogLine(json: string, isColoured: boolean): string {
  const entry = parseEntry(json);
  if (entry === null) return `${clean(json.trimEnd())}\n`;
  const {level, time, msg, pid: _pid, hostname: _hostname, ...facts} = entry;
  const style = (format: 'dim' | 'red' | 'yellow', text: string) =>
    isColoured && text !== '' ? styleText(format, text, {validateStream: false}) : text;
  const message = clean(String(msg ?? ''));
  const severity = Number(level);
  const told =
    severity >= ERROR
      ? style('red', `error: ${message}`)
      : severity >= WARN
        ? style('yellow', `warning: ${message}`)
        : message;
  const clock = new Date(Number(time)).toTimeString().slice(0, 8);
  const stacks = Object.values(facts).flatMap((value) => stackOf(value) ?? []);
  const pairs = Object.entries(facts)
    .filter(([, value]) => value !== null && stackOf(value) === null)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const details = clean(pairs.join('')).replaceAll('\n', ' ');
  const trace = clean(stacks.join('\n')).replaceAll(/^/gm, '    ');
  return `${style('dim', clock)} ${told}${style('dim', details)}\n${stacks.length === 0 ? '' : `${trace}\n`}`;
}

function parseEntry(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? {...value} : null;
  } catch {
    return null;
  }
}

/** Pino writes an error as an object with its stack. */
function stackOf(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'stack' in value ? String(value.stack) : null;
}

function clean(text: string): string {
  return text.replace(CONTROL, '\ufffd');
}
