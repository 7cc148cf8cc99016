import {type Static, Type} from 'typebox';

const closed = {additionalProperties: false} as const;

/** Where an image came from. */
const sourceSchema = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('debian'),
      variant: Type.String(),
      suite: Type.String(),
      mirror: Type.String(),
      /** Every installed package with its version. */
      packages: Type.Record(Type.String(), Type.String()),
    },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal('oci'),
      reference: Type.String(),
      manifestDigest: Type.String(),
      layers: Type.Integer(),
    },
    closed,
  ),
]);

/** What an OCI image says about running it. Sandglass takes `env`; programs start in /work as its own user all the same. */
const configSchema = Type.Object(
  {
    env: Type.Record(Type.String(), Type.String()),
    workingDir: Type.String(),
    user: Type.String(),
  },
  closed,
);

/** A record of the store: one JSON file for each name. */
export const IMAGE_RECORD_SCHEMA = Type.Object(
  {
    format: Type.Literal(1),
    name: Type.String(),
    /** Of the tree, `sha256:…`; two names with the same digest are one tree. */
    digest: Type.String({pattern: '^sha256:[0-9a-f]{64}$'}),
    /** Of everything that the tree was made from; a build with the same key has nothing to do. */
    buildKey: Type.String(),
    architecture: Type.String(),
    createdAt: Type.String(),
    entries: Type.Integer(),
    bytes: Type.Integer(),
    source: sourceSchema,
    config: configSchema,
    /** Proven by running a program of each; null until somebody did. */
    languages: Type.Union([
      Type.Null(),
      Type.Array(Type.Object({id: Type.String(), version: Type.String()}, closed)),
    ]),
  },
  closed,
);

export type ImageRecord = Static<typeof IMAGE_RECORD_SCHEMA>;
export type ImageSource = ImageRecord['source'];
export type ImageConfig = ImageRecord['config'];

/** An image of the store, ready for use. */
export interface StoredImage extends ImageRecord {
  /** The tree: a folder that nobody writes to. */
  readonly rootDir: string;
}

/** What programs get when an image says nothing. */
export const EMPTY_CONFIG: ImageConfig = {env: {}, workingDir: '/', user: ''};
