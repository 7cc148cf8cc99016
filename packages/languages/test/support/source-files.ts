import type {SourceFile} from '@sandglass/protocol';

/** Source files from their texts by path. */
export function sourceFiles(texts: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(texts).map(([path, text]) => ({path, content: Buffer.from(text)}));
}
