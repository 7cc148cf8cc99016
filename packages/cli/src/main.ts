import {enableCompileCache} from 'node:module';
import {fileURLToPath} from 'node:url';
import {buildProgram} from './program.ts';
import {reportError} from './report-error.ts';
import {ignoreClosedReaders} from './terminal/ignore-closed-readers.ts';

// Keeps compiled sources between starts. In our own folder, because the default one lies in /tmp, where another user of the
// machine could put code for us to load; without permission to write there, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/sandglass', import.meta.url)));

ignoreClosedReaders([process.stdout, process.stderr]);

const args = process.argv.slice(2);
try {
  const program = await buildProgram(args);
  await program.parseAsync(args, {from: 'user'});
} catch (error) {
  process.exitCode = await reportError(error);
}
