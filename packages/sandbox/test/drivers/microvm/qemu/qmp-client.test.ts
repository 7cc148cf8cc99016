import {type Duplex, duplexPair} from 'node:stream';
import {expect, it} from 'vitest';
import {QmpClient} from '../../../../src/drivers/microvm/qemu/qmp-client.ts';

/** QEMU's side, played: answers each command by `answer`. */
function playedQemu(answer: (command: {execute: string; id: number}) => string): {
  client: QmpClient;
  far: Duplex;
} {
  const [near, far] = duplexPair();
  let text = '';
  far.setEncoding('utf8');
  far.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
  far.on('data', (piece: string) => {
    text += piece;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      if (!far.writableEnded) far.write(answer(JSON.parse(text.slice(0, end))));
      text = text.slice(end + 1);
    }
  });
  return {client: new QmpClient(near, () => {}), far};
}

it('leaves negotiation first and matches answers to commands by their ids', async () => {
  const seen: string[] = [];
  const {client} = playedQemu(({execute, id}) => {
    seen.push(execute);
    return `{"event": "RESUME", "data": {}}\r\n${JSON.stringify({return: {of: execute}, id})}\r\n`;
  });
  expect(await Promise.all([client.execute('stop'), client.execute('cont')])).toEqual([
    {of: 'stop'},
    {of: 'cont'},
  ]);
  expect(seen).toEqual(['qmp_capabilities', 'stop', 'cont']);
});

it('tells why QEMU refused', async () => {
  const {client} = playedQemu(
    ({id}) => `${JSON.stringify({error: {class: 'GenericError', desc: 'no such fd'}, id})}\n`,
  );
  await expect(client.execute('migrate-incoming')).rejects.toThrow(/refused migrate-incoming: no such fd/);
});

it.each<[string, string]>([
  ['something that is no JSON', 'rubbish\n'],
  ['JSON of another form', '{"id": "text"}\n'],
  ['a line without end', 'x'.repeat(300_000)],
])('gives a monitor up that sends %s', async (_name, said) => {
  const {client} = playedQemu(() => said);
  await expect(client.execute('stop')).rejects.toMatchObject({code: 'isolation-failed'});
  await expect(client.execute('stop')).rejects.toThrow(/gone/);
});

it('fails what is under way when QEMU ends', async () => {
  const {client, far} = playedQemu(() => '');
  const waiting = client.execute('query-migrate');
  far.end();
  await expect(waiting).rejects.toThrow(/connection to QEMU is gone/);
});
