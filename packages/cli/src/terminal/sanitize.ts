/** Control characters, among them the escape that begins a terminal's commands, and the C1 range (ECMA-48). */
const CONTROL = /\p{Cc}/gu;

/**
 * Makes text that a program chose (a file name, a message of its runtime) safe to print on a terminal in a line of ours.
 * A program's own output is not touched: it goes to stdout and stderr byte for byte, as if started by hand.
 */
export function toOneLine(text: string): string {
  return text.replace(CONTROL, (character) => (character === '\n' ? ' ' : '\ufffd'));
}
