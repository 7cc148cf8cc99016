import {describe} from 'vitest';
import {installCommand, missingServices, type ServiceName} from './installed.ts';

/** A suite that needs real servers. Without them it is skipped, and says aloud how to get them: nothing stands in for them. */
export function describeWith(services: readonly ServiceName[], name: string, suite: () => void): void {
  const missing = missingServices(services);
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  process.stderr.write(
    `\nSKIPPED "${name}": ${missing.join(', ')} is not installed. As root: ${installCommand(missing)}\n`,
  );
  describe.skip(`${name} (needs ${missing.join(', ')})`, suite);
}
