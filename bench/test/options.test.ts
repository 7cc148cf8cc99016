import {describe, expect, it} from 'vitest';
import {HELP, parseBenchOptions, SECTIONS} from '../options.ts';

function optionsOf(...args: string[]) {
  const parsed = parseBenchOptions(args);
  if (parsed.kind !== 'run') throw new Error(`not options: ${JSON.stringify(parsed)}`);
  return parsed.options;
}

describe('the options of the benchmark', () => {
  it('measure everything, and look for the peers that cost nothing, by default', () => {
    const options = optionsOf();
    expect([...options.sections]).toEqual([...SECTIONS]);
    expect(options.peers).toEqual([{kind: 'bwrap'}, {kind: 'isolate'}]);
    expect(options).toMatchObject({levels: ['auto'], jsonFile: null, htmlFile: null, isMarkdown: false});
  });

  it('take peers by name and servers by address, each once', () => {
    const {peers} = optionsOf(
      '--peer',
      'docker',
      '--peer',
      'bwrap',
      '--peer',
      'judge0=http://localhost:2358/a=b',
    );
    expect(peers).toEqual([
      {kind: 'isolate'},
      {kind: 'docker'},
      {kind: 'bwrap'},
      {kind: 'judge0', url: 'http://localhost:2358/a=b'},
    ]);
    expect(optionsOf('--no-peers').peers).toEqual([]);
  });

  it('take parts and levels as lists', () => {
    expect([...optionsOf('--only', 'python,c', '--only', 'timing').sections]).toEqual([
      'python',
      'c',
      'timing',
    ]);
    expect(optionsOf('--isolation', 'linux,docker').levels).toEqual(['linux', 'docker']);
  });

  it('measure of levels that are named what can be had at each of them, unless told otherwise', () => {
    expect([...optionsOf('--isolation', 'gvisor,microvm').sections]).toEqual(['python', 'levels']);
    expect([...optionsOf('--isolation', 'gvisor', '--only', 'c').sections]).toEqual(['c']);
  });

  it('measure less with --quick and memory for longer with --long', () => {
    expect(optionsOf('--quick').rounds).toBeLessThan(optionsOf().rounds);
    expect(optionsOf('--quick', '--long').memoryRuns).toBe(20_000);
  });

  it.each([
    [['--only', 'pyton'], /Did you mean python/],
    [['--isolation', 'dokcer'], /Did you mean docker/],
    [['--peer', 'piston'], /piston=URL/],
    [['--peer', 'piston=ftp://x'], /http address/],
    [['--peer', 'docker=1'], /Cannot use --peer/],
    [['--peer', 'nsjail'], /bwrap, isolate, docker/],
    [['--fast'], /fast/],
  ])('refuse %j and say what is right', (args, message) => {
    expect(parseBenchOptions(args)).toEqual({kind: 'wrong', message: expect.stringMatching(message)});
  });

  it('explain themselves, with every part named', () => {
    expect(parseBenchOptions(['--help'])).toEqual({kind: 'help'});
    for (const section of SECTIONS) expect(HELP).toContain(section);
    expect(HELP).toContain('Examples:');
  });
});
