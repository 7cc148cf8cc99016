import type {SandboxFile} from '@sandglass/sandbox';

/**
 * Everything that compilers make goes below this folder of the working directory: out of the way of the user's files, and hidden
 * from a plain `ls`.
 */
export const BUILD_FOLDER = '.sandglass';

/** The native program that a compiler links. */
export const PROGRAM = `${BUILD_FOLDER}/program`;

/** Makes the build folder exist: compilers do not create the folder of their output. */
export const BUILD_FOLDER_MARKER: SandboxFile = {
  path: `${BUILD_FOLDER}/README`,
  content: Buffer.from('Made by Sandglass: build output. Your own files are beside this folder.\n'),
};

/** A small text file that a plan adds to the user's. */
export function textFile(path: string, text: string): SandboxFile {
  return {path, content: Buffer.from(text)};
}
