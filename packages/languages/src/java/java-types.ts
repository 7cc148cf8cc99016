import {blankJavaText} from './blank-java-text.ts';

/** A top-level type of a Java source file. */
export interface JavaType {
  readonly name: string;
  readonly isPublic: boolean;
  readonly hasMain: boolean;
}

/** What a Java source file declares, as far as starting it needs. */
export interface JavaSource {
  /** "" for the unnamed package. */
  readonly packageName: string;
  readonly types: readonly JavaType[];
  /** A `main` outside of any type: a compact source file (JEP 512), whose class is named after the file. */
  readonly hasLooseMain: boolean;
}

/**
 * What matters of a source, each token short: modifiers are not matched together, as a source of nothing but modifiers would then
 * cost the square of its length. `Foo.class` is no declaration, hence the lookbehind.
 */
const TOKEN =
  /[{};]|(?<![\w$.])(?:package\s+([\w$.]+)|(public)\s|(?:class|interface|enum|record)\s+([\p{L}_$][\p{L}\p{N}_$]*)|void\s+(main)\s*\()/gu;

/** Finds package, top-level types and `main` methods. A source that does not parse gives what could be seen of it. */
export function readJavaSource(source: string): JavaSource {
  const types: {name: string; isPublic: boolean; hasMain: boolean}[] = [];
  let packageName = '';
  let hasLooseMain = false;
  let isPublic = false;
  let depth = 0;
  for (const match of blankJavaText(source).matchAll(TOKEN)) {
    const [token, declaredPackage, publicModifier, typeName, main] = match;
    if (token === '{') depth += 1;
    if (token === '}') depth = Math.max(0, depth - 1);
    if (depth === 1 && main !== undefined) markMain(types);
    if (depth > 0) continue;
    if (publicModifier !== undefined) isPublic = true;
    else if (typeName !== undefined) types.push({name: typeName, isPublic, hasMain: false});
    else if (declaredPackage !== undefined) packageName = declaredPackage;
    else if (main !== undefined) hasLooseMain = true;
    if (token === '}' || token === ';') isPublic = false;
  }
  return {packageName, types, hasLooseMain};
}

function markMain(types: {hasMain: boolean}[]): void {
  const type = types.at(-1);
  if (type !== undefined) type.hasMain = true;
}
