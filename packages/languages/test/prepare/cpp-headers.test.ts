import {DEFAULT_COMPILE_LIMITS} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {CPP_HEADERS, firstHeader, headerOptions} from '../../src/prepare/cpp-headers.ts';
import type {RecipeContext} from '../../src/recipe.ts';
import {cpp} from '../../src/recipes/cpp.ts';

const context = (code: string, differences: Partial<RecipeContext> = {}): RecipeContext => ({
  files: [{path: 'main.cpp', content: Buffer.from(code)}],
  entry: 'main.cpp',
  compilerOptions: [],
  limits: DEFAULT_COMPILE_LIMITS,
  isLive: false,
  toolchain: {name: 'gcc', version: '12.2.0', digest: 'd'},
  ...differences,
});

describe('the header that a program begins with', () => {
  it.each([
    ['#include <bits/stdc++.h>\n', 'bits/stdc++.h'],
    ['// a comment\n\n/* two\nlines */\n#define X 1\n#pragma once\n  #  include  <iostream>', 'iostream'],
    ['#include "mine.h"\n#include <iostream>', null],
    ['int before;\n#include <iostream>', null],
    ['#include <stdio.h>', null],
    ['#include <../../etc/passwd>', null],
    ['', null],
    [`/*${'*'.repeat(100_000)}`, null],
    [`${' \n\t'.repeat(100_000)}#include <iostream>`, null],
  ])('%j is %j', (source, header) => {
    expect(firstHeader(source)).toBe(header);
  });
});

describe('precompiled headers', () => {
  it.each([
    ['no options', []],
    ['another standard', ['-std=c++17']],
    ['warnings and a macro', ['-Wextra', '-DX=1', '-pedantic', '-lpthread']],
  ])('are looked for with %s', (_, compilerOptions) => {
    expect(headerOptions(context('', {compilerOptions}))).toEqual(['-isystem', expect.any(String)]);
  });

  it.each([
    ['options for this very processor', ['-march=native']],
    ['options that nobody shares', ['-O0', '-g', '-fwrapv', '-ftrapv', '-fno-rtti', '-fopenmp', '-mavx']],
    ['an include path', ['-Iinclude']],
    ['a forced include', ['-include', 'a.h']],
    ['the warning about them', ['-Winvalid-pch']],
    ['an undefined macro', ['-U_FORTIFY_SOURCE']],
  ])('stay out of the way of %s', (_, compilerOptions) => {
    expect(headerOptions(context('#include <iostream>', {compilerOptions}))).toEqual([]);
    expect(CPP_HEADERS.wanted(context('#include <iostream>', {compilerOptions}))).toEqual([]);
  });

  it('are others for each set of options that decide about code, and rarely worth making', () => {
    const compilerOptions = ['-O0', '-std=c++17', '-g', '-fsanitize=address,undefined', '-Wextra'];
    const folder = 'headers-O0-g-fsanitize=address,undefined';
    expect(headerOptions(context('', {compilerOptions}))[1]).toMatch(new RegExp(`/${folder}$`));
    const [wanted] = CPP_HEADERS.wanted(context('#include <iostream>', {compilerOptions}));
    expect(wanted).toMatchObject({target: `${folder}/iostream.gch/d-std=c++17`, isRare: true});
    for (const option of ['-O0', '-g', '-fsanitize=address,undefined'])
      expect(wanted?.plan.argv.join(' ')).toContain(option);
  });

  it('are the usual ones for who asks for what is there anyway', () => {
    const [wanted] = CPP_HEADERS.wanted(context('#include <iostream>', {compilerOptions: ['-O2']}));
    expect(wanted?.target).toMatch(/^headers\//);
    expect(wanted?.isRare).toBeUndefined();
  });

  it('are for GCC only', () => {
    const toolchain = {name: 'clang', version: '14', digest: 'd'};
    expect(headerOptions(context('#include <iostream>', {toolchain}))).toEqual([]);
    expect(CPP_HEADERS.common(toolchain)).toEqual([]);
  });

  it('come after everything that the user names on the include path', () => {
    const {argv} = cpp.compile?.(context('', {compilerOptions: ['-std=c++17']})) ?? {argv: []};
    expect(argv.slice(-3)).toEqual(['-std=c++17', '-isystem', expect.stringContaining('/headers')]);
  });

  it('are told apart by toolchain and standard, and by nothing that a user could make up', () => {
    const targets = (differences: Partial<RecipeContext>) =>
      CPP_HEADERS.wanted(context('#include <vector>', differences)).map(({target}) => target);
    expect(targets({})).toEqual(['headers/vector.gch/d-std=gnu++20']);
    expect(targets({compilerOptions: ['-std=c++11', '-DX', '-std=c++17']})).toEqual([
      'headers/vector.gch/d-std=c++17',
    ]);
  });
});
