import {Type} from 'typebox';
import {Compile} from 'typebox/compile';

/**
 * The part of Firecracker's API that a driver may use, from its OpenAPI document (src/firecracker/swagger/firecracker.yaml, 1.16): required and
 * optional fields; unknown ones are refused there as well (`additionalProperties: false` in its request types).
 */
const strict = {additionalProperties: false} as const;
const TOKEN_BUCKET = Type.Object(
  {
    size: Type.Integer({minimum: 0}),
    refill_time: Type.Integer({minimum: 0}),
    one_time_burst: Type.Optional(Type.Integer({minimum: 0})),
  },
  strict,
);
const RATE_LIMITER = Type.Object(
  {bandwidth: Type.Optional(TOKEN_BUCKET), ops: Type.Optional(TOKEN_BUCKET)},
  strict,
);

const MACHINE_CONFIG = Compile(
  Type.Object(
    {
      vcpu_count: Type.Integer({minimum: 1, maximum: 32}),
      mem_size_mib: Type.Integer({minimum: 1}),
      smt: Type.Optional(Type.Boolean()),
      track_dirty_pages: Type.Optional(Type.Boolean()),
      huge_pages: Type.Optional(Type.String()),
    },
    strict,
  ),
);
const BOOT_SOURCE = Compile(
  Type.Object(
    {
      kernel_image_path: Type.String(),
      initrd_path: Type.Optional(Type.String()),
      boot_args: Type.Optional(Type.String()),
    },
    strict,
  ),
);
const DRIVE = Compile(
  Type.Object(
    {
      drive_id: Type.String(),
      is_root_device: Type.Boolean(),
      path_on_host: Type.Optional(Type.String()),
      is_read_only: Type.Optional(Type.Boolean()),
      cache_type: Type.Optional(Type.Enum(['Unsafe', 'Writeback'])),
      rate_limiter: Type.Optional(RATE_LIMITER),
    },
    strict,
  ),
);
const VSOCK = Compile(Type.Object({guest_cid: Type.Integer({minimum: 3}), uds_path: Type.String()}, strict));
const ENTROPY = Compile(Type.Object({rate_limiter: Type.Optional(RATE_LIMITER)}, strict));
const ACTION = Compile(Type.Object({action_type: Type.Literal('InstanceStart')}, strict));
const VM_STATE = Compile(
  Type.Object({state: Type.Union([Type.Literal('Paused'), Type.Literal('Resumed')])}, strict),
);
const SNAPSHOT_CREATE = Compile(
  Type.Object(
    {
      snapshot_type: Type.Optional(Type.Literal('Full')),
      snapshot_path: Type.String(),
      mem_file_path: Type.String(),
    },
    strict,
  ),
);
const SNAPSHOT_LOAD = Compile(
  Type.Object(
    {
      snapshot_path: Type.String(),
      mem_backend: Type.Object(
        {backend_type: Type.Union([Type.Literal('File'), Type.Literal('Uffd')]), backend_path: Type.String()},
        strict,
      ),
      resume_vm: Type.Optional(Type.Boolean()),
    },
    strict,
  ),
);

/** What a request does to the machine; null when Firecracker would refuse its form. */
export type Order =
  | {readonly kind: 'configure'; readonly files: readonly string[]; readonly writes?: boolean}
  | {readonly kind: 'vsock'; readonly path: string}
  | {readonly kind: 'start'}
  | {readonly kind: 'state'; readonly state: 'Paused' | 'Resumed'}
  | {readonly kind: 'save'; readonly files: readonly string[]}
  | {readonly kind: 'load'; readonly files: readonly string[]; readonly resumes: boolean};

export function readOrder(method: string, path: string, body: unknown): Order | null {
  switch (`${method} ${path}`) {
    case 'PUT /machine-config':
      return MACHINE_CONFIG.Check(body) ? {kind: 'configure', files: []} : null;
    case 'PUT /boot-source': {
      if (!BOOT_SOURCE.Check(body)) return null;
      const files = [body.kernel_image_path, ...(body.initrd_path === undefined ? [] : [body.initrd_path])];
      return {kind: 'configure', files};
    }
    case 'PUT /vsock':
      return VSOCK.Check(body) ? {kind: 'vsock', path: body.uds_path} : null;
    case 'PUT /entropy':
      return ENTROPY.Check(body) ? {kind: 'configure', files: []} : null;
    case 'PUT /actions':
      return ACTION.Check(body) ? {kind: 'start'} : null;
    case 'PATCH /vm':
      return VM_STATE.Check(body) ? {kind: 'state', state: body.state} : null;
    case 'PUT /snapshot/create':
      return SNAPSHOT_CREATE.Check(body)
        ? {kind: 'save', files: [body.snapshot_path, body.mem_file_path]}
        : null;
    case 'PUT /snapshot/load':
      return SNAPSHOT_LOAD.Check(body)
        ? {
            kind: 'load',
            files: [body.snapshot_path, body.mem_backend.backend_path],
            resumes: body.resume_vm ?? false,
          }
        : null;
    default: {
      const id = /^\/drives\/(\w+)$/.exec(path)?.[1];
      if (method !== 'PUT' || id === undefined || !DRIVE.Check(body) || body.drive_id !== id) return null;
      return {
        kind: 'configure',
        files: body.path_on_host === undefined ? [] : [body.path_on_host],
        writes: body.is_read_only !== true,
      };
    }
  }
}
