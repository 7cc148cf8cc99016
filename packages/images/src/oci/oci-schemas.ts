import {type Static, Type} from 'typebox';
import {Compile} from 'typebox/compile';

/** Only sha256 is taken; the specification lets others be refused. */
const digest = Type.String({pattern: '^sha256:[0-9a-f]{64}$'});
const size = Type.Integer({minimum: 0, maximum: Number.MAX_SAFE_INTEGER});
const platform = Type.Object({os: Type.String(), architecture: Type.String()});

const descriptor = Type.Object({
  mediaType: Type.String(),
  digest,
  size,
  platform: Type.Optional(platform),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
});

/** `index.json` of a layout, and a manifest that lists one image for each platform. */
const index = Type.Object({manifests: Type.Array(descriptor, {maxItems: 1000})});

const manifest = Type.Object({config: descriptor, layers: Type.Array(descriptor, {maxItems: 1000})});

const text = Type.Union([Type.String(), Type.Null()]);
const config = Type.Object({
  os: Type.Optional(Type.String()),
  architecture: Type.Optional(Type.String()),
  config: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Object({
        Env: Type.Optional(Type.Union([Type.Null(), Type.Array(Type.String(), {maxItems: 1000})])),
        WorkingDir: Type.Optional(text),
        User: Type.Optional(text),
      }),
    ]),
  ),
  rootfs: Type.Object({type: Type.Literal('layers'), diff_ids: Type.Array(digest, {maxItems: 1000})}),
});

export type OciDescriptor = Static<typeof descriptor>;
export type OciIndex = Static<typeof index>;
export type OciManifest = Static<typeof manifest>;
export type OciConfig = Static<typeof config>;

/** The documents of the OCI image specification, as far as they matter here; what else they hold is left alone. */
export const OCI_DOCUMENTS = {index: Compile(index), manifest: Compile(manifest), config: Compile(config)};
