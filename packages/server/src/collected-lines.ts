import {pino} from 'pino';

/** Each write wakes another thread, which costs more than a line itself; what is written so close together goes at once. */
const COLLECT_MS = 5;

/** A destination that writes lines to a descriptor in the background, those of a few milliseconds together, and the last at the end of the process. */
export function collectedLines(fd: number): {write(line: string): void} {
  const destination = pino.destination({fd, sync: false});
  let lines = '';
  const flush = (): void => {
    if (lines === '') return;
    destination.write(lines);
    lines = '';
  };
  process.on('exit', () => {
    flush();
    destination.flushSync();
  });
  return {
    write(line) {
      // The first one's timer is for all that follow.
      if (lines === '') setTimeout(flush, COLLECT_MS);
      lines += line;
    },
  };
}
