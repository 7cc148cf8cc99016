import {ImageStore, imageStoreFolder} from '@sandglass/images';
import {loadConfig} from '@sandglass/server/config';

/** The data folder that a server here would use. */
export async function dataFolder(): Promise<string> {
  const {config} = await loadConfig({flags: {}, env: process.env, cwd: process.cwd()});
  return config.dataDir;
}

/** The image store of the data folder that a server here would use. */
export async function openStore(): Promise<ImageStore> {
  return new ImageStore(imageStoreFolder(await dataFolder()));
}
