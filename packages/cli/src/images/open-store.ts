import {ImageStore, imageStoreFolder} from '@sandglass/images';
import {loadConfig} from '@sandglass/server/config';

/** The image store of the data folder that a server here would use. */
export async function openStore(): Promise<ImageStore> {
  const {config} = await loadConfig({flags: {}, env: process.env, cwd: process.cwd()});
  return new ImageStore(imageStoreFolder(config.dataDir));
}
