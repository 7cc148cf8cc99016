import {appendFileSync, closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync} from 'node:fs';
import {createServer as createApi} from 'node:http';
import {createServer, type Socket} from 'node:net';
import {dirname, join} from 'node:path';
import {parseArgs} from 'node:util';
import {readOrder} from './api-contract.ts';
import {playGuest} from './played-guest.ts';

/**
 * Firecracker, played, where there is no KVM for the real one: its command line, its API with the order that it demands, its vsock device with the
 * handshake. It checks what it is told and runs nothing. Every request goes to `log.jsonl` beside the program that was started.
 */
const {values} = parseArgs({
  options: {'api-sock': {type: 'string'}, id: {type: 'string'}, version: {type: 'boolean'}},
});
if (values.version === true) {
  process.stdout.write('Firecracker v1.16.1\n\nSupported snapshot data format versions: v6\n');
  process.exit(0);
}
const log = join(dirname(process.argv[1] ?? ''), 'log.jsonl');

const WRITTEN = 'by the guest';
const MARK_AT = 60 * 1024 * 1024;

type State = 'fresh' | 'configured' | 'running' | 'paused';
let state: State = 'fresh';
let vsockPath = '';

createApi((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (piece: string) => {
    text += piece;
  });
  request.on('end', () => {
    const fault = carryOut(request.method ?? '', request.url ?? '', text);
    appendFileSync(
      log,
      `${JSON.stringify({method: request.method, path: request.url, body: JSON.parse(text), fault})}\n`,
    );
    response.writeHead(fault === null ? 204 : 400, {'content-type': 'application/json'});
    response.end(fault === null ? '' : JSON.stringify({fault_message: fault}));
  });
}).listen(values['api-sock']);

/** Null when done. The reasons are in Firecracker's words where it has some. */
function carryOut(method: string, path: string, text: string): string | null {
  const order = readOrder(method, path, JSON.parse(text));
  if (order === null) return `Invalid request method and/or path, or body: ${method} ${path}.`;
  switch (order.kind) {
    case 'configure':
    case 'vsock':
      if (state !== 'fresh' && state !== 'configured')
        return 'The requested operation is not supported after starting the microVM.';
      for (const file of order.kind === 'configure' ? order.files : []) readFileSync(file);
      if (order.kind === 'configure' && order.writes === true) writeTo(order.files);
      if (order.kind === 'vsock') vsockPath = order.path;
      state = 'configured';
      return null;
    case 'start':
      if (state !== 'configured') return 'Cannot start microvm without kernel configuration.';
      state = 'running';
      serveVsock();
      return null;
    case 'state':
      if (state !== 'running' && state !== 'paused')
        return 'The requested operation is not supported before starting the microVM.';
      state = order.state === 'Paused' ? 'paused' : 'running';
      return null;
    case 'save':
      if (state !== 'paused') return 'Cannot create snapshot: the microVM is not paused.';
      // Both files must be there to be written: the jail's folder may not be.
      writeFileSync(order.files[0] ?? '', JSON.stringify({vsockPath}), {flag: 'r+'});
      writeFileSync(order.files[1] ?? '', 'memory', {flag: 'r+'});
      return null;
    case 'load': {
      if (state !== 'fresh')
        return 'Loading a microVM snapshot not allowed after configuring boot-specific resources.';
      const [statePath = '', memoryPath = ''] = order.files;
      vsockPath = JSON.parse(readFileSync(statePath, 'utf8')).vsockPath;
      if (readFileSync(memoryPath, 'utf8') !== 'memory') return 'Cannot load guest memory.';
      // The disks are opened under the names that they had.
      readFileSync('image');
      if (readScratch() !== WRITTEN) return 'The guest finds another disk than it left.';
      state = order.resumes ? 'running' : 'paused';
      serveVsock();
      return null;
    }
    default:
      return order satisfies never;
  }
}

/** As a guest does when it mounts its disk; what is written is at a place where an empty file system has nothing. */
function writeTo(files: readonly string[]): void {
  for (const path of files) {
    const disk = openSync(path, 'r+');
    writeSync(disk, WRITTEN, MARK_AT);
    closeSync(disk);
  }
}

function readScratch(): string {
  const disk = openSync('scratch', 'r+');
  const buffer = Buffer.alloc(WRITTEN.length);
  readSync(disk, buffer, 0, buffer.length, MARK_AT);
  closeSync(disk);
  return buffer.toString();
}

/** The first connection comes too early for the guest, as it does in a real one. */
function serveVsock(): void {
  let refusals = 1;
  createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', (asked: Buffer) => {
      const port = Number(/^CONNECT (\d+)\n$/.exec(asked.toString())?.[1]);
      if (refusals > 0 || Number.isNaN(port)) {
        refusals -= 1;
        socket.destroy();
        return;
      }
      socket.write('OK 1073741824\n');
      playGuest(port, socket);
    });
  }).listen(vsockPath);
}
