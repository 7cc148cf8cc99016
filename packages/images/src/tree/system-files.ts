import {ETC_FILES, RECIPES} from '@sandglass/languages';
import type {ObjectWriter} from '../store/object-store.ts';
import type {FolderNode, ImageTree, TreeNode} from './image-tree.ts';

/** Mount points of every driver: always there, always empty. What an image has in them is dropped. */
const EMPTY_FOLDERS = ['dev', 'proc', 'sys', 'tmp', 'work', 'run'];

const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;

/**
 * Makes a tree fit for sandboxes: the folders that drivers mount over, and the files of /etc that say who and where a program is, which are
 * Sandglass's own in every image. `layer` is one above the image's highest.
 */
export async function addSystemFiles(
  tree: ImageTree,
  {objects, layer}: {readonly objects: ObjectWriter; readonly layer: number},
): Promise<void> {
  tree.root.mode = FOLDER_MODE;
  for (const name of EMPTY_FOLDERS) {
    tree.root.children.delete(name);
    tree.putFolder([name], {mode: FOLDER_MODE, layer});
  }
  if (tree.find(['etc'])?.kind !== 'directory') tree.putFolder(['etc'], {mode: FOLDER_MODE, layer});
  for (const [name, text] of Object.entries(ETC_FILES)) {
    const content = Buffer.from(text);
    const meta = {bytes: content.length, mode: FILE_MODE, modifiedAtS: 0};
    tree.put(['etc', name], {
      kind: 'file',
      layer,
      mode: FILE_MODE,
      modifiedAtS: 0,
      ...(await objects.write(once(content), meta)),
    });
  }
  linkLocalPrograms(tree, layer);
  openForOwner(tree.root);
}

/**
 * Recipes name programs where distributions put them. Images that build their own (such as the official Python's) have them in
 * /usr/local/bin; those get a link where they are looked for.
 */
function linkLocalPrograms(tree: ImageTree, layer: number): void {
  for (const path of RECIPES.flatMap(({toolchains}) => toolchains.flatMap(({binaries}) => binaries))) {
    const [, name = null] = /^\/usr\/bin\/([^/]+)$/.exec(path) ?? [];
    if (
      name === null ||
      tree.find(['usr', 'bin', name]) !== null ||
      tree.find(['usr', 'local', 'bin', name]) === null
    )
      continue;
    if (tree.find(['usr', 'bin'])?.kind === 'directory')
      tree.put(['usr', 'bin', name], {kind: 'link', layer, target: `/usr/local/bin/${name}`});
  }
}

/** A folder that not even its owner may enter could be neither bound nor removed by an ordinary user. What is closed to everybody else stays so. */
function openForOwner(folder: FolderNode): void {
  for (const node of folder.children.values() as Iterable<TreeNode>) {
    if (node.kind !== 'directory') continue;
    node.mode |= 0o700;
    openForOwner(node);
  }
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
