#!/usr/bin/env node
/** `npx sandglass …` and `./sandglass …`: the command line, set up on first use. */
import {startVerb} from './setup/verbs.mjs';

await startVerb('cli', process.argv.slice(2));
