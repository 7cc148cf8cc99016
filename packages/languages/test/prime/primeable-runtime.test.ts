import {DEFAULT_RUN_LIMITS} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {primeableRuntime} from '../../src/prime/primeable-runtime.ts';
import {RECIPES} from '../../src/recipes/all.ts';

const IMAGE = {name: 'host', entries: []};

function runtimeOf(id: string) {
  const recipe = RECIPES.find((each) => each.id === id);
  const [candidate] = recipe?.toolchains ?? [];
  if (recipe === undefined || candidate === undefined) throw new Error(`There is no recipe ${id}.`);
  const toolchain = {name: candidate.name, version: '1', digest: ''};
  return primeableRuntime(recipe, toolchain, {image: IMAGE, limits: DEFAULT_RUN_LIMITS});
}

const file = (path: string, text = '') => ({path, content: Buffer.from(text)});

describe('primeableRuntime', () => {
  it.each([
    ['python', 'main.py'],
    ['javascript', 'main.js'],
    ['typescript', '.sandglass/out/main.js'],
    ['php', 'main.php'],
  ])('holds %s back at %s, however that is written', (id, path) => {
    const {stopAt, argv} = runtimeOf(id)?.template ?? {stopAt: [], argv: []};
    expect(stopAt).toEqual([path, `./${path}`, `/work/${path}`]);
    expect(argv).toContain(path);
  });

  it.each(['ruby', 'perl', 'lua', 'bash', 'c'])('does not prime %s, which gains too little', (id) => {
    expect(runtimeOf(id)).toBeNull();
  });

  it.each([
    ['performance.now()'],
    ['require("perf_hooks")'],
    ["process['uptime']()"],
    ['perf\\u006frmance'],
    ['event.timeStamp'],
  ])('leaves a Node program alone that could ask how old its process is: %s', (code) => {
    const {isExactFor} = runtimeOf('javascript') ?? {isExactFor: () => true};
    expect(isExactFor([file('main.js'), file('lib.js', code)])).toBe(false);
    expect(isExactFor([file('main.js', 'console.log(Date.now())')])).toBe(true);
  });

  it('leaves a Node program alone that is too large to be searched for such words', () => {
    const {isExactFor} = runtimeOf('javascript') ?? {isExactFor: () => true};
    expect(isExactFor([file('main.js', ' '.repeat(1024 * 1024 + 1))])).toBe(false);
  });

  it('leaves a Python program alone that brings packages of its own', () => {
    const {isExactFor} = runtimeOf('python') ?? {isExactFor: () => true};
    expect(isExactFor([file('main.py'), file('.local/lib/x.py')])).toBe(false);
    expect(isExactFor([file('main.py'), file('package/x.py')])).toBe(true);
  });
});
