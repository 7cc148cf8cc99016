import type {TurnQueue} from '@sandglass/queue';
import {describe, expect, test, vi} from 'vitest';
import {BreakableLink} from '../../../../tests/services/breakable-link.ts';

/** A broker that can be reached over other addresses. */
export interface PartitionHome {
  readonly url: string;
  open(options: {readonly slots: number; readonly url: string}): Promise<TurnQueue>;
}

/** Brokers and their clients notice a silent network by heartbeats and locks, which are some tens of seconds. */
const NOTICE_MS = 120_000;
const isFull = process.env.SANDGLASS_TEST_FULL === '1';

/** What an adapter does when the network between it and its broker is cut without a word. */
export function describePartitionContract(name: string, makeHome: () => Promise<PartitionHome>): void {
  describe.skipIf(!isFull)(`partition contract: ${name}`, () => {
    test(
      'a worker that is cut off loses its turns to another one, and takes turns again when it is not',
      async () => {
        const home = await makeHome();
        await using link = await BreakableLink.to(home.url);
        await using cutOff = await home.open({slots: 1, url: link.through(home.url)});
        await using other = await home.open({slots: 2, url: home.url});
        await cutOff.offer(1);
        const held = await take(cutOff);
        link.cut();
        await other.offer(1);
        const turns = [await take(other), await take(other)];
        expect(turns).toHaveLength(2);
        // Whoever was cut off learns of nothing, and finishes what it has.
        await held.done();
        link.heal();
        await vi.waitUntil(
          async () =>
            await cutOff.offer(1).then(
              () => true,
              () => false,
            ),
          {timeout: NOTICE_MS, interval: 500},
        );
        // The other one has no free slot.
        const again = await take(cutOff);
        for (const turn of [...turns, again]) await turn.done();
      },
      4 * NOTICE_MS,
    );
  });
}

async function take(queue: TurnQueue) {
  return await queue.take({signal: AbortSignal.timeout(NOTICE_MS)});
}
