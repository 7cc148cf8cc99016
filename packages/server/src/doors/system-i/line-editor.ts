/**
 * The terminal of a system I client. Its programs are connected by pipes, so that stdout and stderr stay apart as the protocol wants
 * them; what a terminal's line discipline does with typed input (termios(3), canonical mode) is done here: lines go to the program at
 * Enter, can be edited until then, and are repeated to the client.
 */

/** A line longer than this goes to the program in parts. Linux would drop what exceeds 4096 bytes (N_TTY); nothing is dropped here. */
const MAX_LINE_CHARACTERS = 16 * 1024;

const INTERRUPT = '\x03';
const END_OF_FILE = '\x04';
const ERASE_LINE = '\x15';
const QUIT = '\x1c';
/** Wipes the last character off the client's screen. */
const RUB_OUT = '\b \b';

/** What becomes of typed input, in order. */
export type LineAction =
  | {readonly kind: 'write' | 'echo'; readonly text: string}
  | {readonly kind: 'signal'; readonly signal: 'SIGINT' | 'SIGQUIT'}
  | {readonly kind: 'end'};

export class LineEditor {
  #line: string[] = [];

  /** Takes what was typed. A line feed right behind a carriage return in the same piece is the same Enter. */
  type(data: string): LineAction[] {
    const actions: LineAction[] = [];
    let echo = '';
    const flushEcho = () => {
      if (echo !== '') actions.push({kind: 'echo', text: echo});
      echo = '';
    };
    for (const character of data.replaceAll('\r\n', '\n')) {
      switch (character) {
        case '\r':
        case '\n':
          flushEcho();
          actions.push({kind: 'write', text: `${this.#take()}\n`});
          break;
        case '\b':
        case '\x7f':
          if (this.#line.pop() !== undefined) echo += RUB_OUT;
          break;
        case ERASE_LINE:
          echo += RUB_OUT.repeat(this.#line.length);
          this.#line = [];
          break;
        case INTERRUPT:
        case QUIT:
          this.#line = [];
          echo += shown(character);
          flushEcho();
          actions.push({kind: 'signal', signal: character === QUIT ? 'SIGQUIT' : 'SIGINT'});
          break;
        case END_OF_FILE:
          flushEcho();
          actions.push(this.#line.length === 0 ? {kind: 'end'} : {kind: 'write', text: this.#take()});
          break;
        default:
          this.#line.push(character);
          echo += shown(character);
          if (this.#line.length >= MAX_LINE_CHARACTERS) actions.push({kind: 'write', text: this.#take()});
      }
    }
    flushEcho();
    return actions;
  }

  #take(): string {
    const line = this.#line.join('');
    this.#line = [];
    return line;
  }
}

/** Control characters are shown as ^X, as by a terminal with `echoctl`: typed escape sequences do not move the client's cursor. */
function shown(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x20 && character !== '\t' ? `^${String.fromCharCode(code + 0x40)}` : character;
}
