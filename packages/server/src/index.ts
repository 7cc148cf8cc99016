export {announceReady} from './announce-ready.ts';
export {migrateStore} from './migrate-store.ts';
export {RunningServer, type RunningServerParts} from './running-server.ts';
export {serve} from './serve.ts';
export {VERSION} from './version.ts';
