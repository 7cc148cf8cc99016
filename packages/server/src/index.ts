export {announceReady} from './announce-ready.ts';
export {RunningServer, type RunningServerParts} from './running-server.ts';
export {serve} from './serve.ts';
export {VERSION} from './version.ts';
