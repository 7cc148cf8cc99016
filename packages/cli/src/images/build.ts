import {resolve} from 'node:path';
import {buildDebian, DEFAULT_MIRROR, DEFAULT_SUITE, findVariant} from '@sandglass/images';
import {makeImage} from './make-image.ts';

export interface BuildFlags {
  readonly name?: string;
  readonly with?: readonly string[];
  readonly suite?: string;
  readonly mirror?: string;
  readonly lock?: string;
  readonly update?: true;
  readonly json?: true;
}

/** `sandglass images build`. */
export async function build(variantName: string, flags: BuildFlags): Promise<void> {
  const variant = findVariant(variantName);
  await makeImage({
    json: flags.json ?? false,
    make: (store, options) =>
      buildDebian(store, {
        name: flags.name ?? variant.name,
        variant,
        extraPackages: flags.with ?? [],
        suite: flags.suite ?? DEFAULT_SUITE,
        mirror: flags.mirror ?? DEFAULT_MIRROR,
        lockFile: flags.lock === undefined ? null : resolve(flags.lock),
        update: flags.update ?? false,
        ...options,
      }),
  });
}
