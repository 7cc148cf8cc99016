export {levelOptions} from '../engine-options.ts';
export {imagePolicy} from '../image-policy.ts';
export {networkPermission} from '../network-permission.ts';
export {requestPolicy} from '../request-policy.ts';
export type {Config} from './config-schema.ts';
export {describeConfig} from './describe-config.ts';
export {type ConfigOrigin, type LoadedConfig, loadConfig} from './load-config.ts';
export {SETTINGS, type Setting} from './settings.ts';
