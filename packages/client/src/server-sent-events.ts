/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string;
}

/** The longest line of ours is a finished run with all its output; what is longer is not from our server. */
const MAX_LINE_CHARACTERS = 512 * 1024 * 1024;

/**
 * Splits a stream into events as the HTML Standard says (section 9.2.6). Comments and events without data are skipped.
 * Throws a `RangeError` for a line without end.
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let pending: PendingEvent = {event: 'message', data: [], id: ''};
  for await (const line of readLines(body)) {
    if (line !== '') {
      addField(pending, line);
      continue;
    }
    if (pending.data.length > 0) yield {event: pending.event, data: pending.data.join('\n'), id: pending.id};
    pending = {event: 'message', data: [], id: pending.id};
  }
}

interface PendingEvent {
  event: string;
  data: string[];
  id: string;
}

function addField(pending: PendingEvent, line: string): void {
  const colon = line.indexOf(':');
  if (colon === 0) return;
  const name = colon === -1 ? line : line.slice(0, colon);
  const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (name === 'event') pending.event = value;
  else if (name === 'data') pending.data.push(value);
  else if (name === 'id') pending.id = value;
}

async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  // Pieces of the line that has not ended yet; only new text is searched, so a long line costs no more than its length.
  let pieces: string[] = [];
  let length = 0;
  let endedWithCr = false;
  try {
    for (;;) {
      const {done, value} = await reader.read();
      if (done) return;
      // The second half of a CR LF that was cut in two: its line is out already.
      const text = endedWithCr && value.startsWith('\n') ? value.slice(1) : value;
      endedWithCr = value.endsWith('\r');
      const lines = text.split(/\r\n|\n|\r/);
      const last = lines.pop() ?? '';
      for (const line of lines) {
        yield pieces.length === 0 ? line : pieces.join('') + line;
        pieces = [];
        length = 0;
      }
      pieces.push(last);
      length += last.length;
      if (length > MAX_LINE_CHARACTERS) throw new RangeError('The event stream holds a line without end.');
    }
  } finally {
    // Ends the request when the caller stops early; a stream that already failed has nothing left to end.
    await reader.cancel().catch(() => {});
  }
}
