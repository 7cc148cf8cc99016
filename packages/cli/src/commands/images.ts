import {Command} from 'commander';
import type {BuildFlags} from '../images/build.ts';
import type {PullFlags} from '../images/pull.ts';

const EXAMPLES = `
Examples:
  sandglass images build debian
  sandglass images pull python:3.12-slim --name python-3-12
  sandglass images list
  SANDGLASS_IMAGES_OFFERED=host,debian sandglass serve
  sandglass run --image debian hello.py`;

const BUILD_EXAMPLES = `
Variants: debian (every language), and each language by its id: python, c, java, …

Examples:
  sandglass images build python
  sandglass images build debian --suite trixie --name trixie
  sandglass images build c --name c-compilers --with clang
  sandglass images build c --lock images/c.lock.json
  sandglass images build c --update`;

const PULL_EXAMPLES = `
References: NAME:TAG, docker://HOST:PORT/NAME:TAG, oci:FOLDER[:NAME], oci-archive:FILE, docker-archive:FILE

Examples:
  sandglass images pull docker://registry.example/team/tools:3 --name tools --auth-file ~/.docker/config.json
  printf %s "$TOKEN" | sandglass images pull registry.example/tools --name tools --username robot --password-stdin
  docker save tools:3 -o tools.tar && sandglass images pull docker-archive:tools.tar --name tools`;

export function imagesCommand(): Command {
  const command = new Command('images').addHelpText('after', EXAMPLES);
  addMakers(command);
  command
    .command('list')
    .description('List images with their size, source and languages.')
    .option('--json', 'print them as JSON')
    .action(
      async ({json}: {readonly json?: true}) =>
        await (await import('../images/list.ts')).listImages(json ?? false),
    );
  command
    .command('inspect')
    .description('Show everything known about an image, its packages included, as JSON.')
    .argument('<name>')
    .action(async (name: string) => await (await import('../images/list.ts')).inspectImage(name));
  command
    .command('remove')
    .description('Remove images, and the files that no other image has.')
    .argument('<name...>')
    .option('--json', 'print what became free as JSON')
    .action(
      async (names: string[], {json}: {readonly json?: true}) =>
        await (await import('../images/remove.ts')).removeImages(names, json ?? false),
    );
  command
    .command('prune')
    .description('Remove files that no image has, such as those of replaced images.')
    .option('--json', 'print what became free as JSON')
    .action(
      async ({json}: {readonly json?: true}) =>
        await (await import('../images/remove.ts')).pruneImages(json ?? false),
    );
  command
    .command('export')
    .description(
      'Write an image as one file: erofs (a read-only disk) or cpio.gz (a ramdisk with agent and kernel modules that boots by itself).',
    )
    .argument('<name>')
    .argument('<file>')
    .option('--format <format>', 'erofs or cpio.gz (default: by the name of the file)')
    .addHelpText('after', '\nExample:\n  sandglass images export python python.erofs')
    .action(
      async (name: string, file: string, {format}: {readonly format?: string}) =>
        await (await import('../images/export.ts')).exportImage(name, file, format),
    );
  return command;
}

function addMakers(command: Command): void {
  command
    .command('build')
    .description(
      'Build an image from Debian packages. Nothing is done when it is there and its lock file says the same.',
    )
    .argument('<variant>')
    .option('--name <name>', 'what to call it (default: the variant)')
    .option('--with <package...>', 'install these packages as well, such as clang or python3-numpy')
    .option('--suite <suite>', 'release of Debian (default: bookworm)')
    .option('--mirror <url>', 'where packages come from (default: http://deb.debian.org/debian)')
    .option('--lock <file>', 'file with the version of every package (default: one in the data folder)')
    .option('--update', 'take the newest versions and write the lock file anew')
    .option('--json', 'print the image as JSON')
    .addHelpText('after', BUILD_EXAMPLES)
    .action(
      async (variant: string, flags: BuildFlags) =>
        await (await import('../images/build.ts')).build(variant, flags),
    );
  command
    .command('pull')
    .description(
      'Fetch an OCI image from a registry, folder or archive. Nothing is done when it has not changed.',
    )
    .argument('<reference>')
    .requiredOption('--name <name>', 'what to call it')
    .option(
      '--auth-file <file>',
      'credentials as docker login and skopeo login write them (default: those of your user)',
    )
    .option('--username <name>', 'user of the registry, with --password-stdin')
    .option('--password-stdin', 'read the password or token from standard input')
    .option('--insecure', 'speak HTTP, or HTTPS with an unknown certificate')
    .option('--json', 'print the image as JSON')
    .addHelpText('after', PULL_EXAMPLES)
    .action(
      async (reference: string, flags: PullFlags) =>
        await (await import('../images/pull.ts')).pull(reference, flags),
    );
}
