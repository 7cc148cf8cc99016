/** What a stranger writes first: the engine as a library, in a plain script that must end by itself. */
import {createEngine} from '@sandglass/engine';

await using engine = await createEngine({dataDir: process.argv[2] ?? '', pool: {floor: 1}});
const result = await engine.run({language: 'python', code: 'print(1)'});
console.log(result.outcome, result.run?.stdout);
