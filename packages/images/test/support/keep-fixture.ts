import {DEFAULT_BOUNDS} from '../../src/bounds.ts';
import {applyLayer} from '../../src/layer/apply-layer.ts';
import type {ImageStore} from '../../src/store/image-store.ts';
import {EMPTY_CONFIG, type StoredImage} from '../../src/stored-image.ts';
import {ImageTree} from '../../src/tree/image-tree.ts';
import {addSystemFiles} from '../../src/tree/system-files.ts';
import {inPieces, makeTar} from './make-tar.ts';

export interface FixtureFile {
  /** Without a leading slash. */
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** Keeps a small image of given files, complete as a built one is; for tests that need an image without the time to build one. */
export async function keepFixture(
  store: ImageStore,
  {
    name,
    files,
    env,
  }: {
    readonly name: string;
    readonly files: readonly FixtureFile[];
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<StoredImage> {
  return await store.change(
    {onWait: () => undefined, signal: undefined},
    async ({draft, objects, commit}) => {
      const tree = new ImageTree(DEFAULT_BOUNDS);
      const writer = await objects.writer(draft);
      await applyLayer(tree, inPieces(makeTar(files), 65_536), {
        layer: 1,
        objects: writer,
        signal: undefined,
      });
      await addSystemFiles(tree, {objects: writer, layer: 2});
      return await commit(tree, {
        name,
        buildKey: name,
        source: {kind: 'oci', reference: 'fixture', manifestDigest: 'none', layers: 1},
        config: {...EMPTY_CONFIG, env},
        languages: null,
      });
    },
  );
}
