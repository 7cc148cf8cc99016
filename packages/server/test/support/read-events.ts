/** One Server-Sent Event as it came. The data of tests is looked at field by field. */
export interface ReceivedEvent {
  readonly id: number;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: assertions name the fields they expect
  readonly data: any;
}

/** Reads events until the stream ends, or until there are `count` of them. */
export async function readEvents(
  response: Response,
  count = Number.POSITIVE_INFINITY,
): Promise<ReceivedEvent[]> {
  const events: ReceivedEvent[] = [];
  if (response.body === null) throw new Error(`status ${response.status} without a body`);
  let text = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    events.push(...blocks.filter((block) => !block.startsWith(':')).map(parseEvent));
    if (events.length >= count) break;
  }
  return events.slice(0, count);
}

function parseEvent(block: string): ReceivedEvent {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return {
    id: Number(fields.get('id')),
    event: fields.get('event') ?? '',
    data: JSON.parse(fields.get('data') ?? 'null'),
  };
}
