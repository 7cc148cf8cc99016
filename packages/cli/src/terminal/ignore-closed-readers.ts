/**
 * Lets a command end quietly when whoever read its output has gone away (`sandglass config | head -1`): what is left is
 * dropped. Without this Node ends the process with a stack trace. Any other failure to write is thrown as before.
 */
export function ignoreClosedReaders(streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
