import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';

/** Addresses that stand for the whole of the internet, on the loopback interface of a network namespace that nothing leaves. */
export const HOSTS = {
  public: '11.22.33.44',
  publicSix: '2a00:1450::44',
  names: '11.22.33.53',
  private: '10.20.30.40',
  metadata: '169.254.169.254',
  carrier: '100.100.100.200',
  azure: '168.63.129.16',
  privateSix: 'fd00:1::40',
} as const;

/** A public address of the worker's own machine. */
export const OWN_ADDRESS = '11.99.0.1';
/** A public address on the link between the two. */
export const NEIGHBOUR = '12.34.56.2';

const LINK = {worker: '12.34.56.1/30', internet: `${NEIGHBOUR}/30`};
const LINK_SIX = {worker: '2a00:9999::1/64', internet: '2a00:9999::2/64'};

/** Two network namespaces with one cable between them: the worker's, and that of the internet with its hosts and its name server. */
export interface TestInternet extends AsyncDisposable {
  /** Starts a program of this folder in the worker's namespace; it ends with the internet. */
  readonly startWorker: (script: string, args: readonly string[]) => ChildProcess;
}

export async function openTestInternet(): Promise<TestInternet> {
  await using owned = new AsyncDisposableStack();
  const worker = addNamespace('w', owned);
  const internet = addNamespace('i', owned);
  ip('link', 'add', 'sgt0', 'netns', worker, 'type', 'veth', 'peer', 'name', 'sgt1', 'netns', internet);
  plug(worker, 'sgt0', [LINK.worker, LINK_SIX.worker]);
  plug(internet, 'sgt1', [LINK.internet, LINK_SIX.internet]);
  for (const address of Object.values(HOSTS)) addAddress(internet, 'lo', address);
  addAddress(worker, 'lo', OWN_ADDRESS);
  ip('-n', worker, 'route', 'add', 'default', 'via', NEIGHBOUR);
  ip('-6', '-n', worker, 'route', 'add', 'default', 'via', '2a00:9999::2');
  const hosts = startIn(internet, 'hosts.ts', [], owned);
  await once(hosts.stdout ?? hosts, 'data');
  const release = owned.move();
  return {
    startWorker: (script, args) => startIn(worker, script, args, release),
    [Symbol.asyncDispose]: () => release.disposeAsync(),
  };
}

function addNamespace(kind: string, owned: AsyncDisposableStack): string {
  const name = `sgtest-${process.pid}-${kind}`;
  ip('netns', 'add', name);
  owned.defer(() => ip('netns', 'delete', name));
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return name;
}

function plug(namespace: string, device: string, addresses: readonly string[]): void {
  for (const address of addresses) addAddress(namespace, device, address);
  ip('-n', namespace, 'link', 'set', device, 'up');
}

function addAddress(namespace: string, device: string, address: string): void {
  // Nobody else is on the cable, so there is no duplicate to look for, which would take a second.
  ip('-n', namespace, 'address', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []));
}

/** nsenter instead of "ip netns exec", which would hide the control groups behind a new /sys. */
function startIn(
  namespace: string,
  script: string,
  args: readonly string[],
  owned: AsyncDisposableStack,
): ChildProcess {
  const path = join(import.meta.dirname, '../children', script);
  const child = spawn('nsenter', [`--net=/run/netns/${namespace}`, process.execPath, path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  owned.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  });
  return child;
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, {stdio: ['ignore', 'ignore', 'pipe']});
}
