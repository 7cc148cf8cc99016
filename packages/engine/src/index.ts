export {createEngine} from './create-engine.ts';
export {defaultDataDir} from './default-data-dir.ts';
export type {Engine, ExecuteOptions} from './engine.ts';
export type {EngineLog} from './engine-log.ts';
export type {EngineOptions, NetworkPermission} from './engine-options.ts';
export type {Interaction, InteractiveProgram, TerminalSize} from './interaction.ts';
export type {IsolationPolicy} from './isolation/isolation-policy.ts';
export type {LevelFacts} from './isolation/levels.ts';
