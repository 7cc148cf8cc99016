import {
  DEFAULT_COMPILE_LIMITS,
  DEFAULT_MAX_LIMITS,
  DEFAULT_RUN_LIMITS,
  DRIVER_NAMES,
  LIMIT_NAMES,
  type LimitName,
  type Limits,
  MIN_LIMITS,
} from '@sandglass/protocol';
import {GVISOR_PLATFORMS} from '@sandglass/sandbox';
import {type Static, Type} from 'typebox';

const closed = {additionalProperties: false} as const;
const DAY_S = 24 * 60 * 60;
const DOORS = ['system-i', 'system-b', 'system-e', 'system-y', 'system-y-rest'] as const;

function limitsSchema(defaults: Limits, purpose: string) {
  const field = (name: LimitName) => {
    const options = {default: defaults[name], minimum: MIN_LIMITS[name], description: `${purpose}: ${name}.`};
    return name === 'cpuCount' ? Type.Number(options) : Type.Integer(options);
  };
  // Object.fromEntries forgets that every limit is there.
  const fields = Object.fromEntries(LIMIT_NAMES.map((name) => [name, field(name)])) as Record<
    LimitName,
    ReturnType<typeof Type.Number>
  >;
  return Type.Object(fields, closed);
}

/** How many of something a user may have or use; 0 is not bounded. */
const bound = (value: number, description: string) => Type.Integer({default: value, minimum: 0, description});

const accountsSchema = Type.Object(
  {
    mode: Type.Enum(['off', 'open', 'invitation', 'closed'], {
      default: 'off',
      description:
        'Who may make an account: everybody, whoever has an invitation, or nobody. `off`: there are no accounts, and whoever reaches the server is its user.',
    }),
    visitors: Type.Boolean({
      default: false,
      description: 'Browsers that are signed out may run programs in the playground.',
    }),
    publicUrl: Type.String({
      default: '',
      description:
        'Where browsers reach the server, such as `https://code.example.org`; with https cookies are Secure.',
    }),
    trustedProxies: Type.Array(
      Type.String({pattern: '^(loopback|linklocal|uniquelocal|[0-9a-fA-F:.]+(/[0-9]{1,3})?)$'}),
      {
        default: [],
        description:
          'Proxies that are believed about who the client is (`X-Forwarded-For`): addresses, networks such as `10.0.0.0/8`, or `loopback`, `linklocal`, `uniquelocal`. Without it everybody behind a proxy has its address, and one bound on sign-ins.',
      },
    ),
    database: Type.String({
      default: '',
      writeOnly: true,
      description:
        '`postgres://…` for accounts and projects. Default: `store.url` where runs are in PostgreSQL, else accounts.sqlite in `dataDir`.',
    }),
    secret: Type.String({
      default: '',
      writeOnly: true,
      description:
        'Signs cookies; at least 32 characters, the same for all processes. Default: made once, in accounts.secret in `dataDir`.',
    }),
    sessionDays: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 400,
      description: 'A session that is not used for so long ends, in days.',
    }),
    auditRetentionDays: Type.Integer({
      default: 90,
      minimum: 1,
      description: 'How long the audit log is kept, in days.',
    }),
    allowance: Type.Object(
      {
        requestsPerMinute: bound(600, 'Requests of a user in one minute; 0 is not bounded.'),
        concurrentRuns: bound(20, 'Runs of a user at once; 0 is not bounded.'),
        runsPerDay: bound(0, 'Runs of a user in a day (UTC); 0 is not bounded.'),
        cpuSecondsPerDay: bound(0, 'CPU seconds of a user in a day (UTC); 0 is not bounded.'),
      },
      closed,
    ),
    projects: Type.Object(
      {
        maxCount: Type.Integer({default: 200, minimum: 1, description: 'Projects of one user.'}),
        maxBytes: Type.Integer({
          default: 5 * 1024 * 1024,
          minimum: 1024,
          maximum: 24 * 1024 * 1024,
          description: 'Files and settings of one project, in bytes.',
        }),
      },
      closed,
    ),
    oidc: Type.Object(
      {
        discoveryUrl: Type.String({
          default: '',
          description: 'Discovery document of an OpenID provider that people may sign in with.',
        }),
        clientId: Type.String({default: '', description: 'Client id at the OpenID provider.'}),
        clientSecret: Type.String({
          default: '',
          writeOnly: true,
          description: 'Client secret at the OpenID provider.',
        }),
        newUsers: Type.Boolean({
          default: false,
          description:
            'Whoever the OpenID provider vouches for gets an account, whatever `accounts.mode` says.',
        }),
      },
      closed,
    ),
  },
  closed,
);

/**
 * Every setting with its type, range, default and meaning: the one source of the `Config` type, of validation and of
 * the names `SANDGLASS_…` and `--…`. `docs/configuration.md` lists the same settings and a test compares the two.
 */
export const CONFIG_SCHEMA = Type.Object(
  {
    host: Type.String({
      default: '127.0.0.1',
      minLength: 1,
      description: 'Address to listen on. Without authentication only a loopback address is accepted.',
    }),
    port: Type.Integer({
      default: 4400,
      minimum: 0,
      maximum: 65535,
      description: 'Port to listen on; 0 picks a free one.',
    }),
    role: Type.Enum(['all', 'api', 'worker'], {
      default: 'all',
      description:
        'What this process does: `api` accepts runs and answers, `worker` executes them, `all` does both. Apart from each other they need `store.kind` postgres.',
    }),
    store: Type.Object(
      {
        kind: Type.Enum(['sqlite', 'postgres'], {
          default: 'sqlite',
          description:
            'Where runs are kept: in a file of this process, or in a database that processes share.',
        }),
        url: Type.String({
          default: '',
          writeOnly: true,
          description: 'Connection URI of PostgreSQL: `postgresql://user:password@host:5432/database`.',
        }),
      },
      closed,
    ),
    queue: Type.Object(
      {
        kind: Type.Enum(['embedded', 'redis', 'rabbitmq'], {
          default: 'embedded',
          description:
            'How runs get to workers: inside the one process, by BullMQ over Redis, or by RabbitMQ. See docs/scale.md.',
        }),
        url: Type.String({
          default: '',
          writeOnly: true,
          description: 'URL of the broker: `redis://host:6379` or `amqp://user:password@host:5672`.',
        }),
        name: Type.String({
          default: 'sandglass-turns',
          pattern: '^[A-Za-z0-9._-]{1,100}$',
          description: 'Name of the queue in the broker.',
        }),
        type: Type.Enum(['classic', 'quorum'], {
          default: 'classic',
          description: 'RabbitMQ only: durable classic queue, or quorum queue for a cluster of brokers.',
        }),
      },
      closed,
    ),
    cluster: Type.Object(
      {
        secret: Type.String({
          default: '',
          writeOnly: true,
          description:
            'Shared by all processes of one installation, at least 32 characters: with it API processes reach workers.',
        }),
        host: Type.String({
          default: '127.0.0.1',
          minLength: 1,
          description: 'Address at which a worker listens for API processes.',
        }),
        port: Type.Integer({
          default: 0,
          minimum: 0,
          maximum: 65535,
          description: 'Port at which a worker listens for API processes; 0 picks a free one.',
        }),
        url: Type.String({
          default: '',
          description:
            'Base URL at which API processes reach this worker, where it differs from `cluster.host` and `cluster.port`.',
        }),
        leaseMs: Type.Integer({
          default: 15_000,
          minimum: 500,
          maximum: 600_000,
          description:
            'How long a worker that is not heard of keeps its runs, in milliseconds; it reports itself three times as often.',
        }),
        weights: Type.Array(Type.String({pattern: '^.{1,200}=[0-9]{1,4}$'}), {
          default: [],
          description: 'Shares of owners in the queue, `owner=weight`; an owner who is not named has 1.',
        }),
      },
      closed,
    ),
    dataDir: Type.String({
      default: '',
      description:
        'Folder for the database, the compile cache and sandbox files. Default: /var/lib/sandglass for root, else $XDG_DATA_HOME/sandglass or ~/.local/share/sandglass.',
    }),
    logLevel: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      default: 'info',
      description: 'Least severe log line that is written.',
    }),
    concurrency: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 1024,
      description: 'Runs executed at the same time; 0 means four for each processor core.',
    }),
    queueLimit: Type.Integer({
      default: 10_000,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Runs that may wait; past it a new run is refused with 503.',
    }),
    queueBytes: Type.Integer({
      default: 512 * 1024 * 1024,
      minimum: 64 * 1024 * 1024,
      description:
        'Sources and input of all unfinished runs together, in bytes; past it a new run is refused with 503.',
    }),
    retentionSeconds: Type.Integer({
      default: 7 * DAY_S,
      minimum: 1,
      description: 'How long a finished run can be read, in seconds.',
    }),
    shutdownGraceMs: Type.Integer({
      default: 30_000,
      minimum: 0,
      description:
        'How long a stopping server lets running programs finish, in milliseconds; the rest is run again after the next start.',
    }),
    maxConnections: Type.Integer({
      default: 4096,
      minimum: 1,
      description: 'Open client connections; further ones are closed at once.',
    }),
    requestTimeoutMs: Type.Integer({
      default: 60_000,
      minimum: 1000,
      description: 'Time for a request, body included, to arrive, in milliseconds.',
    }),
    poolFloor: Type.Integer({
      default: 4,
      minimum: 0,
      maximum: 1024,
      description: 'Ready sandboxes that are kept even when nothing happens.',
    }),
    poolCeiling: Type.Integer({
      default: 64,
      minimum: 1,
      maximum: 4096,
      description:
        'Most ready sandboxes of each kind, however many runs come; those with a runtime in them are bounded by `primedMemoryBytes`.',
    }),
    primedMemoryBytes: Type.Integer({
      default: 512 * 1024 ** 2,
      minimum: 0,
      description:
        'Memory that primed runtimes (interpreters that wait for a program) may take, in bytes; 0 turns priming off.',
    }),
    primedLanguages: Type.Array(Type.String({pattern: '^[a-z0-9-]{1,32}$'}), {
      default: ['all'],
      uniqueItems: true,
      description:
        'Languages (ids) whose runtime is started ahead of its program; `all` for each that gains by it. See docs/languages.md.',
    }),
    cacheBytes: Type.Integer({
      default: 2 * 1024 ** 3,
      minimum: 0,
      description:
        'Compiled programs kept on disk, in bytes; cached results may take a quarter of it besides.',
    }),
    sharedCache: Type.Object(
      {
        url: Type.String({
          default: '',
          description:
            'Redis server in which workers keep compiled programs for each other (`redis://`, `rediss://`); empty for none. It may be away at any time.',
        }),
        secret: Type.String({
          default: '',
          writeOnly: true,
          description:
            'Seals what is stored there; at least 32 characters, the same for all workers. Whoever has it can make them run what he likes.',
        }),
        maxBytes: Type.Integer({
          default: 1024 ** 3,
          minimum: 1024 ** 2,
          description: 'Compiled programs kept there by all workers together, in bytes.',
        }),
      },
      closed,
    ),
    preparations: Type.Enum(['ahead', 'on-demand', 'off'], {
      default: 'ahead',
      description:
        'When files that make compiles faster (precompiled C++ headers, class archives for javac; at most 1.5 GiB) are made: `ahead`, some seconds after the start, and later ones on demand; `on-demand`, after the first compile that would have been faster; `off`.',
    }),
    pinnableCpus: Type.String({
      default: 'auto',
      pattern: '^(auto|none|[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)$',
      description:
        'Cores that runs may reserve with `limits.cpuPinning`: `auto` (all but the first), `none`, or a list such as `2-7,10`. At least one core must stay out of it.',
    }),
    diskIoBytesPerSecond: Type.Integer({
      default: 0,
      minimum: 0,
      description:
        'How fast one sandbox may read from the disks that toolchains lie on, in bytes per second; 0 is unlimited. What programs write stays in memory.',
    }),
    isolation: Type.Object(
      {
        default: Type.Enum(['auto', ...DRIVER_NAMES], {
          default: 'auto',
          description:
            'Isolation level of runs that name none; `auto` is the strongest of the allowed levels that this machine can do.',
        }),
        allowed: Type.Array(Type.Enum([...DRIVER_NAMES]), {
          default: ['linux'],
          minItems: 1,
          uniqueItems: true,
          description: `Isolation levels that runs may have: ${DRIVER_NAMES.map((name) => `\`${name}\``).join(', ')}. See docs/isolation.md.`,
        }),
        docker: Type.Object(
          {
            socket: Type.String({
              default: '',
              description:
                'UNIX socket of the Docker or Podman daemon. Default: DOCKER_HOST, else the first usual one that answers.',
            }),
            runtime: Type.String({
              default: '',
              description:
                "OCI runtime of that daemon, such as `runsc` or `kata`. Default: the daemon's own.",
            }),
          },
          closed,
        ),
        gvisor: Type.Object(
          {
            runsc: Type.String({
              default: '',
              description:
                "Path of gVisor's program. Default: the one that `sandglass gvisor fetch` fetched, else `runsc` in PATH.",
            }),
            platform: Type.Enum(['auto', ...GVISOR_PLATFORMS], {
              default: 'auto',
              description:
                'How gVisor gets hold of system calls; `auto` is the first that runs a sandbox here.',
            }),
          },
          closed,
        ),
        microvm: Type.Object(
          {
            monitor: Type.Enum(['auto', 'qemu', 'firecracker'], {
              default: 'auto',
              description:
                'What runs virtual machines; `auto` is the first with which a guest really boots. See docs/microvm.md.',
            }),
            acceleration: Type.Enum(['auto', 'kvm', 'tcg'], {
              default: 'auto',
              description:
                '`kvm` lets the processor run guests, `tcg` translates their instructions; `auto` is KVM where it runs a guest, else TCG.',
            }),
            kernel: Type.String({
              default: '',
              description:
                "A guest kernel: vmlinuz, vmlinux or a Debian package (.deb). Default: Debian's for virtual machines, fetched as a package.",
            }),
            modules: Type.String({
              default: '',
              description:
                'Folder of the modules of `isolation.microvm.kernel`. Default: the one below lib/modules that belongs to it by its name, or that of its package; none if there is none.',
            }),
            qemu: Type.String({
              default: '',
              description: "Path of QEMU's program. Default: `qemu-system-x86_64` in the usual folders.",
            }),
            firecracker: Type.String({
              default: '',
              description: "Path of Firecracker's program. Default: `firecracker` in the usual folders.",
            }),
            jailer: Type.String({
              default: '',
              description: "Path of Firecracker's jailer. Default: `jailer` in the usual folders.",
            }),
            readyMachines: Type.Integer({
              default: 10,
              minimum: 1,
              maximum: 200,
              description: 'Virtual machines that wait for runs, some 25 MB each.',
            }),
            maxMemoryBytes: Type.Integer({
              default: 1024 * 1024 * 1024,
              minimum: 32 * 1024 * 1024,
              maximum: 64 * 1024 * 1024 * 1024,
              description:
                'Most memory that a run in a virtual machine may ask for, in bytes. A machine takes what it uses.',
            }),
            maxDiskBytes: Type.Integer({
              default: 1024 * 1024 * 1024,
              minimum: 1024 * 1024,
              maximum: 1024 * 1024 * 1024 * 1024,
              description:
                'Most disk that a run in a virtual machine may ask for, in bytes, beside its memory. It is a file in the data folder that takes what a run writes, and is gone with its machine.',
            }),
          },
          closed,
        ),
      },
      closed,
    ),
    allowWeaker: Type.Boolean({
      default: false,
      description:
        'Run programs although an isolation mechanism is missing on this machine. Each result lists what is weaker.',
    }),
    images: Type.Object(
      {
        offered: Type.Array(Type.String({pattern: '^[a-z0-9][a-z0-9-]{0,63}$'}), {
          default: ['host'],
          minItems: 1,
          uniqueItems: true,
          description:
            'Images that runs may name: `host` for the toolchains of this machine, else names of `sandglass images list`.',
        }),
        default: Type.String({
          default: '',
          description: 'Image of runs that name none; default: the first of `images.offered`.',
        }),
        languages: Type.Array(Type.String({pattern: '^[a-z0-9-]+=[a-z0-9][a-z0-9-]{0,63}$'}), {
          default: [],
          description: 'Image of the runs of one language that name none, as `language=image`.',
        }),
      },
      closed,
    ),
    network: Type.Object(
      {
        allowInternet: Type.Boolean({
          default: false,
          description: 'Runs may ask for `network: "internet"`: public addresses only. See docs/network.md.',
        }),
        internetPorts: Type.Array(Type.String({pattern: '^[1-9][0-9]{0,4}$'}), {
          default: ['80', '443', '8080', '8443'],
          minItems: 1,
          maxItems: 16,
          uniqueItems: true,
          description: 'Ports that runs with the internet may connect to.',
        }),
        resolvers: Type.Array(Type.String(), {
          default: [],
          description:
            'Name servers for runs with the internet, `address` or `address:port`; default: those of the machine.',
        }),
        allow: Type.Array(Type.String(), {
          default: [],
          description: 'Targets that runs may ask for: `host:port`, or `name=address:port`.',
        }),
      },
      closed,
    ),
    live: Type.Object(
      {
        maxSessions: Type.Integer({
          default: 128,
          minimum: 0,
          maximum: 4096,
          description: 'Open live sessions (WebSockets); a further one is told so and closed.',
        }),
        idleTimeoutMs: Type.Integer({
          default: 600_000,
          minimum: 100,
          maximum: 86_400_000,
          description:
            'A live session in which neither client nor program says anything for so long is closed, in milliseconds.',
        }),
      },
      closed,
    ),
    doors: Type.Array(Type.Enum(DOORS), {
      default: [],
      uniqueItems: true,
      description: `Protocols of earlier systems that are spoken besides our own: ${DOORS.map((door) => `\`${door}\``).join(', ')}. See docs/doors.md.`,
    }),
    doorUrl: Type.String({
      default: '',
      writeOnly: true,
      description:
        'RabbitMQ that clients of `system-b` and `system-y` use: `amqp://user:password@host:5672`.',
    }),
    callback: Type.Object(
      {
        allowPrivate: Type.Boolean({
          default: false,
          description: 'Callbacks may go to loopback, private and link-local addresses.',
        }),
        tries: Type.Integer({
          default: 5,
          minimum: 1,
          maximum: 20,
          description: 'Deliveries tried for each callback.',
        }),
        backoffMs: Type.Integer({
          default: 10_000,
          minimum: 10,
          description:
            'Wait before the second try, in milliseconds; four times as long before each further one.',
        }),
        timeoutMs: Type.Integer({
          default: 10_000,
          minimum: 100,
          description: 'Time for one delivery, in milliseconds.',
        }),
      },
      closed,
    ),
    telemetry: Type.Object(
      {
        otlpEndpoint: Type.String({
          default: '',
          pattern: '^(https?://.+)?$',
          description:
            'Receiver of traces, the base URL of OTLP over HTTP such as `http://collector:4318`; empty for none. Also read from `OTEL_EXPORTER_OTLP_ENDPOINT`. See docs/telemetry.md.',
        }),
        sampleRatio: Type.Number({
          default: 1,
          minimum: 0,
          maximum: 1,
          description:
            'Share of the traces that begin here that are exported. A request with a `traceparent` goes by what that says.',
        }),
      },
      closed,
    ),
    accounts: accountsSchema,
    limits: limitsSchema(DEFAULT_RUN_LIMITS, 'Default of the run stage'),
    compileLimits: limitsSchema(DEFAULT_COMPILE_LIMITS, 'Default of the compile stage'),
    maxLimits: limitsSchema(DEFAULT_MAX_LIMITS, 'Most that a request may ask for'),
  },
  closed,
);

/** Every setting, complete. */
export type Config = Static<typeof CONFIG_SCHEMA>;
