import type {DifferentialSet} from '../program.ts';
import {JAVA} from './java.ts';
import {JAVASCRIPT} from './javascript.ts';
import {PHP} from './php.ts';
import {PYTHON} from './python.ts';
import {RUBY} from './ruby.ts';
import {TYPESCRIPT} from './typescript.ts';

/** Every program of the suite, by language. */
export const DIFFERENTIAL_SETS: readonly DifferentialSet[] = [
  PYTHON,
  JAVASCRIPT,
  TYPESCRIPT,
  RUBY,
  PHP,
  JAVA,
];
