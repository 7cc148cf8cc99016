import {join} from 'node:path';
import {DEFAULT_BOUNDS, type ImageBounds} from '../../src/bounds.ts';
import {applyLayer} from '../../src/layer/apply-layer.ts';
import {ImageStore, type StoreChange} from '../../src/store/image-store.ts';
import {EMPTY_CONFIG, type StoredImage} from '../../src/stored-image.ts';
import {ImageTree} from '../../src/tree/image-tree.ts';
import {inPieces, makeTar, type TarItem} from './make-tar.ts';
import {temporaryFolder} from './temporary-folder.ts';

export const CHANGE = {onWait: () => undefined, signal: undefined};

export interface StoreLab extends AsyncDisposable {
  /** Holds nothing but the store. */
  readonly folder: string;
  readonly store: ImageStore;
  /** Lays layers over each other and keeps the result, without the files that every image gets. */
  keep(name: string, layers: readonly (readonly TarItem[])[], bounds?: ImageBounds): Promise<StoredImage>;
}

export async function openStoreLab(): Promise<StoreLab> {
  const folder = await temporaryFolder();
  const store = new ImageStore(join(folder.path, 'images'));
  return {
    folder: folder.path,
    store,
    keep: (name, layers, bounds) =>
      store.change(CHANGE, (change) => keepLayers(change, name, layers, bounds)),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function keepLayers(
  {draft, objects, commit}: StoreChange,
  name: string,
  layers: readonly (readonly TarItem[])[],
  bounds = DEFAULT_BOUNDS,
): Promise<StoredImage> {
  const tree = new ImageTree(bounds);
  const writer = await objects.writer(draft);
  for (const [index, items] of layers.entries())
    await applyLayer(tree, inPieces(makeTar(items)), {layer: index + 1, objects: writer, signal: undefined});
  return await commit(tree, {
    name,
    buildKey: name,
    source: {kind: 'oci', reference: 'test', manifestDigest: 'none', layers: layers.length},
    config: EMPTY_CONFIG,
    languages: null,
  });
}
