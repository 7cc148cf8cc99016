import type {LanguageRecipe} from '../recipe.ts';
import {bash} from './bash.ts';
import {c} from './c.ts';
import {cpp} from './cpp.ts';
import {go} from './go.ts';
import {java} from './java.ts';
import {javascript} from './javascript.ts';
import {lua} from './lua.ts';
import {perl} from './perl.ts';
import {php} from './php.ts';
import {python} from './python.ts';
import {ruby} from './ruby.ts';
import {rust} from './rust.ts';
import {sql} from './sql.ts';
import {typescript} from './typescript.ts';

/** Every language that Sandglass knows, in the order that people see. A new language is one file and one line here. */
export const RECIPES: readonly LanguageRecipe[] = [
  python,
  javascript,
  typescript,
  c,
  cpp,
  java,
  go,
  rust,
  ruby,
  php,
  bash,
  perl,
  lua,
  sql,
];
