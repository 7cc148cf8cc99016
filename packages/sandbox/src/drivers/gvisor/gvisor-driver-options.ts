import type {ImageDefinition} from '../../image.ts';

/** Ways of gVisor to get hold of a program's system calls, as `runsc --platform` names them; in the order in which they are tried. */
export const GVISOR_PLATFORMS = ['systrap', 'kvm', 'ptrace'] as const;
export type GvisorPlatform = (typeof GVISOR_PLATFORMS)[number];

/** How the gVisor driver finds its programs and what it may use of the host. */
export interface GvisorDriverOptions {
  /** Folder with `sandglass-agent`. */
  readonly nativeDir: string;
  /** Private folder for bundles and state; made when missing. Workers of one user share it. */
  readonly runDir: string;
  /** Roots that sandboxes can have. */
  readonly images: readonly ImageDefinition[];
  /** The program; default: the newest in `fetchedIn` that runs a sandbox here, else `runsc` in PATH. */
  readonly runsc?: string;
  /** Folder that `fetchRunsc` fetches into; default: none. */
  readonly fetchedIn?: string;
  /** Default: the first that runs a sandbox here. */
  readonly platform?: GvisorPlatform;
  /** Accept that memory and processor time are not bounded where there are no cgroups (as an ordinary user). Default false. */
  readonly allowWeaker?: boolean;
  /** Longest wait for the agent of a new sandbox, in milliseconds; default 30 000. */
  readonly createdWithinMs?: number;
  /** Gets news of leftovers and probes, line by line. */
  readonly onLog?: (line: string) => void;
}
