import {styleText} from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours for one stream: plain text unless it is a terminal and NO_COLOR is not set (no-color.org). */
export function styleFor(stream: NodeJS.WriteStream): (format: Format, text: string) => string {
  return (format, text) => (stream.isTTY ? styleText(format, text, {stream}) : text);
}
