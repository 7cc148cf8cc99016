import {describe, expect, it} from 'vitest';
import {HELP, parseSimulateOptions} from '../../simulate/options.ts';

describe('the options of the simulation', () => {
  it('predict for one worker to a thousand by default', () => {
    const parsed = parseSimulateOptions([]);
    expect(parsed).toMatchObject({
      kind: 'run',
      options: {workers: [1, 10, 100, 1000], loads: [0.3, 0.6, 0.8], target: 100_000, isCheck: false},
    });
  });

  it.each([
    [['--load', '1'], '--load 1: it must be between 0 and 1'],
    [['--load', ''], '--load : it must be between 0 and 1'],
    [['--workers', '1,0'], '--workers 0: it must be a whole number'],
    [['--runs', '1e9'], '--runs 1e9: it must be a whole number from 1 to 5000000'],
    [['--scenario', 'calm'], '--scenario calm: it must be of poisson, bursty'],
    [['--broker', 'kafka'], '--broker kafka: it must be of redis, rabbitmq'],
  ])('refuse %j', (args, message) => {
    const parsed = parseSimulateOptions(args);
    expect(parsed).toMatchObject({kind: 'wrong', message: expect.stringContaining(message)});
  });

  it('are all in the help, and its examples are valid', () => {
    expect(parseSimulateOptions(['--help'])).toEqual({kind: 'help'});
    const examples = [...HELP.matchAll(/node bench\/simulate\.ts (--.+)$/gm)].map(([, args = '']) =>
      args.split(' '),
    );
    expect(examples.length).toBeGreaterThan(2);
    for (const args of examples) expect(parseSimulateOptions(args)).toMatchObject({kind: 'run'});
  });
});
