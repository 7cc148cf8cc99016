import type {ImageDefinition} from '../../image.ts';

/** How the docker driver reaches its daemon and what containers are made of. */
export interface DockerDriverOptions {
  /** Folder with `sandglass-agent`; the daemon must see it under the same path. */
  readonly nativeDir: string;
  /** Roots that sandboxes can have. Their binds must be visible to the daemon under the same paths. */
  readonly images: readonly ImageDefinition[];
  /**
   * Images of the daemon, by the name that sandboxes ask for; pulled when missing. They need no agent: it is bound into the container. A
   * name that is among `images` as well is taken from here.
   */
  readonly references?: Readonly<Record<string, string>>;
  /** UNIX socket of the daemon. Default: `DOCKER_HOST`, else the first that answers of Docker's, rootless Docker's and Podman's. */
  readonly socketPath?: string;
  /** OCI runtime of the daemon, such as `runsc` or `kata`; default: the daemon's own. */
  readonly runtime?: string;
  /** Longest wait for the agent of a new sandbox, in milliseconds; default 30 000. */
  readonly createdWithinMs?: number;
  /** The agent ends, with all that it started, when it has not heard of the worker for so long, in milliseconds; default 60 000, at least 1000. */
  readonly heardWithinMs?: number;
  /** Accept a daemon that cannot bound memory, processes or processor time. Default false. */
  readonly allowWeaker?: boolean;
  /** Private folder for what Podman takes as files, the system call filter among them. Without it, Podman's daemons are refused. */
  readonly runDir?: string;
  /** Gets news of pulls and leftovers, line by line. */
  readonly onLog?: (line: string) => void;
}
