import {StreamLanguage, type StreamParser} from '@codemirror/language';
import type {Extension} from '@codemirror/state';

/**
 * Syntax of a language, loaded when it is first needed. Null for a language that has none here: it is edited as plain text.
 */
export async function loadLanguageSupport(language: string): Promise<Extension | null> {
  // A shared link may name any language, also one that every object has, such as "constructor".
  return Object.hasOwn(LOADERS, language) ? ((await LOADERS[language]?.()) ?? null) : null;
}

const LOADERS: Readonly<Record<string, () => Promise<Extension>>> = {
  python: async () => (await import('@codemirror/lang-python')).python(),
  javascript: async () => (await import('@codemirror/lang-javascript')).javascript({jsx: true}),
  typescript: async () =>
    (await import('@codemirror/lang-javascript')).javascript({jsx: true, typescript: true}),
  c: async () => (await import('@codemirror/lang-cpp')).cpp(),
  cpp: async () => (await import('@codemirror/lang-cpp')).cpp(),
  java: async () => (await import('@codemirror/lang-java')).java(),
  go: async () => (await import('@codemirror/lang-go')).go(),
  rust: async () => (await import('@codemirror/lang-rust')).rust(),
  php: async () => (await import('@codemirror/lang-php')).php(),
  ruby: () => legacy(async () => (await import('@codemirror/legacy-modes/mode/ruby')).ruby),
  perl: () => legacy(async () => (await import('@codemirror/legacy-modes/mode/perl')).perl),
  lua: () => legacy(async () => (await import('@codemirror/legacy-modes/mode/lua')).lua),
  bash: () => legacy(async () => (await import('@codemirror/legacy-modes/mode/shell')).shell),
  sql: () => legacy(async () => (await import('@codemirror/legacy-modes/mode/sql')).sqlite),
};

async function legacy(load: () => Promise<StreamParser<unknown>>): Promise<Extension> {
  return StreamLanguage.define(await load());
}
