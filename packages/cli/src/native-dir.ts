import {fileURLToPath} from 'node:url';

/** Where `make -C native` leaves launcher and agent. */
export const NATIVE_DIR = fileURLToPath(new URL('../../../native/build', import.meta.url));
