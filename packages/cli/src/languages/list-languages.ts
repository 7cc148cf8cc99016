import {openRunner} from '../run/open-runner.ts';
import {styleFor} from '../terminal/style.ts';
import {formatTable} from '../terminal/table.ts';

/** `sandglass languages`: what can be run, and what to type for the rest. */
export async function listLanguages(options: {
  readonly json: boolean;
  readonly server: string | undefined;
}): Promise<void> {
  await using runner = await openRunner(options.server);
  const languages = await runner.languages();
  if (options.json) {
    process.stdout.write(`${JSON.stringify(languages, null, 2)}\n`);
    return;
  }
  const style = styleFor(process.stdout);
  const rows = languages.map(({id, aliases, extensions, version, reason}) => [
    id,
    version === '' ? '-' : version,
    extensions.join(' '),
    aliases.join(' '),
    reason ?? '',
  ]);
  const [heading = '', ...lines] = formatTable([['LANGUAGE', 'VERSION', 'FILES', 'ALIASES', ''], ...rows]);
  process.stdout.write(`${style('bold', heading)}\n`);
  for (const [index, line] of lines.entries()) {
    process.stdout.write(`${languages[index]?.available === false ? style('dim', line) : line}\n`);
  }
}
