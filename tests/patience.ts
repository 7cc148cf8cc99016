import {vi} from 'vitest';

/**
 * A condition that a test waits for holds at once or never on a machine at rest; one that is busy with other things needs longer than the single
 * second that Vitest gives it. Waiting longer makes no test pass that should not.
 */
const PATIENCE_MS = 30_000;

const waitFor = vi.waitFor.bind(vi);
vi.waitFor = (condition, options) =>
  waitFor(condition, typeof options === 'number' ? options : {timeout: PATIENCE_MS, ...options});
