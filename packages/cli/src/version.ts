import manifest from '../package.json' with {type: 'json'};

/** Version of the command line, the same as of every package beside it. */
export const VERSION: string = manifest.version;
