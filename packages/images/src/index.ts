export {DEFAULT_BOUNDS, type ImageBounds} from './bounds.ts';
export {buildDebian, DEFAULT_MIRROR, DEFAULT_SUITE, type DebianOptions} from './debian/build-debian.ts';
export {DEBIAN_VARIANTS, type DebianVariant, findVariant} from './debian/variants.ts';
export {defineImage} from './image-definition.ts';
export {type PullOptions, pullImage} from './oci/pull-image.ts';
export type {RegistryAccess} from './oci/skopeo.ts';
export {OUTPUT_FORMATS, type OutputFormat, type OutputOptions, writeOutput} from './outputs/write-output.ts';
export type {ImageProgress, OnProgress} from './progress.ts';
export {
  type ChangeOptions,
  checkImageName,
  type Freed,
  ImageStore,
  imageStoreFolder,
} from './store/image-store.ts';
export type {ImageConfig, ImageRecord, ImageSource, StoredImage} from './stored-image.ts';
