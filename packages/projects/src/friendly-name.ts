import {randomInt} from 'node:crypto';

const COLOURS =
  'amber azure coral copper crimson golden indigo ivory jade lilac lime olive pearl plum ruby scarlet silver teal violet'.split(
    ' ',
  );
const ANIMALS =
  'badger beaver bison crane dolphin falcon ferret fox gecko heron ibis koala lemur lynx marten otter owl panda puffin raven seal stork tapir wren'.split(
    ' ',
  );

/** A name for a project that nobody named, such as `teal-otter`. */
export function friendlyName(): string {
  return `${COLOURS[randomInt(COLOURS.length)]}-${ANIMALS[randomInt(ANIMALS.length)]}`;
}
