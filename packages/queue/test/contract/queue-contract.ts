import {SandglassError} from '@sandglass/protocol';
import type {QueueEntry, RunQueue} from '@sandglass/queue';
import {describe, expect, test} from 'vitest';

/** Opens an empty queue that holds at most `capacity` runs; the test disposes it. */
export type OpenQueue = (options: {readonly capacity: number}) => Promise<RunQueue>;

/** What every adapter of the queue port must do. Call it in a test file with a way to open an empty queue. */
export function describeQueueContract(name: string, open: OpenQueue): void {
  describe(`queue contract: ${name}`, () => {
    test('runs of one priority are taken in the order they were enqueued', async () => {
      await using queue = await open({capacity: 10});
      await enqueue(queue, entries('interactive', 'a', 'b', 'c'));
      expect(await takeIds(queue, 3)).toEqual(['a', 'b', 'c']);
    });

    test('an entry arrives as it was given', async () => {
      await using queue = await open({capacity: 10});
      const entry: QueueEntry = {runId: 'a', owner: 'ada', priority: 'batch', attempt: 3};
      await enqueue(queue, [entry]);
      const lease = await queue.take({signal: undefined});
      expect(lease.entry).toEqual(entry);
      await lease.complete();
    });

    test('interactive runs go before batch runs that came earlier', async () => {
      await using queue = await open({capacity: 10});
      await enqueue(queue, entries('batch', 'slow'));
      await enqueue(queue, entries('interactive', 'quick'));
      expect(await takeIds(queue, 2)).toEqual(['quick', 'slow']);
    });

    test('while both wait, each window of ten hand-outs has at least one batch run', async () => {
      await using queue = await open({capacity: 200});
      await enqueue(queue, entries('batch', ...names('batch', 5)));
      await enqueue(queue, entries('interactive', ...names('interactive', 60)));
      const taken = await takeIds(queue, 50);
      for (let start = 0; start + 10 <= taken.length; start++)
        expect(taken.slice(start, start + 10).some((id) => id.startsWith('batch'))).toBe(true);
      expect(taken.filter((id) => id.startsWith('batch'))).toEqual(names('batch', 5));
    });

    test('batch runs are taken without delay when nothing interactive waits', async () => {
      await using queue = await open({capacity: 10});
      await enqueue(queue, entries('batch', 'a', 'b'));
      expect(await takeIds(queue, 2)).toEqual(['a', 'b']);
    });

    test('a take that came first gets the next run that is enqueued', async () => {
      await using queue = await open({capacity: 10});
      const first = queue.take({signal: undefined});
      const second = queue.take({signal: undefined});
      await enqueue(queue, entries('interactive', 'a', 'b'));
      expect((await first).entry.runId).toBe('a');
      expect((await second).entry.runId).toBe('b');
    });

    test('an aborted take rejects with its reason and takes no run with it', async () => {
      await using queue = await open({capacity: 10});
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      const taking = queue.take({signal: controller.signal});
      controller.abort(reason);
      await expect(taking).rejects.toBe(reason);
      await expect(queue.take({signal: controller.signal})).rejects.toBe(reason);
      await enqueue(queue, entries('interactive', 'a'));
      expect(await takeIds(queue, 1)).toEqual(['a']);
    });

    test('past its bound the queue refuses with server-full and a time to come back', async () => {
      await using queue = await open({capacity: 3});
      await enqueue(queue, entries('interactive', 'a', 'b'));
      using _held = queue.reserve(1);
      const error = catchError(() => queue.reserve(1));
      expect(error).toMatchObject({code: 'server-full'});
      expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(error.retryAfterSeconds).toBeLessThanOrEqual(60);
    });

    test('a set of runs that does not fit as a whole reserves nothing', async () => {
      await using queue = await open({capacity: 3});
      expect(catchError(() => queue.reserve(4)).code).toBe('server-full');
      using places = queue.reserve(3);
      await places.enqueue(entries('interactive', 'a', 'b', 'c'));
      expect(queue.depth.interactive).toBe(3);
    });

    test('a disposed reservation gives back the places that were not used', async () => {
      await using queue = await open({capacity: 3});
      {
        using places = queue.reserve(3);
        await places.enqueue(entries('interactive', 'a'));
      }
      using rest = queue.reserve(2);
      await rest.enqueue(entries('interactive', 'b', 'c'));
      expect(await takeIds(queue, 3)).toEqual(['a', 'b', 'c']);
    });

    test('taking a run frees its place', async () => {
      await using queue = await open({capacity: 1});
      await enqueue(queue, entries('interactive', 'a'));
      expect(catchError(() => queue.reserve(1)).code).toBe('server-full');
      await takeIds(queue, 1);
      await enqueue(queue, entries('interactive', 'b'));
      expect(await takeIds(queue, 1)).toEqual(['b']);
    });

    test('more runs than reserved places are refused and none of them is enqueued', async () => {
      await using queue = await open({capacity: 10});
      using places = queue.reserve(1);
      await expect(places.enqueue(entries('interactive', 'a', 'b'))).rejects.toMatchObject({
        code: 'internal-error',
      });
      expect(queue.depth.interactive).toBe(0);
    });

    test('a run that is waiting cannot be enqueued a second time', async () => {
      await using queue = await open({capacity: 10});
      await enqueue(queue, entries('interactive', 'a'));
      await expect(queue.recover(entries('interactive', 'a'))).rejects.toMatchObject({
        code: 'internal-error',
      });
      expect(queue.depth.interactive).toBe(1);
    });

    test('recovered runs keep their order, go before later ones and fit past the bound', async () => {
      await using queue = await open({capacity: 1});
      await queue.recover(entries('interactive', 'a', 'b', 'c'));
      expect(catchError(() => queue.reserve(1)).code).toBe('server-full');
      expect(await takeIds(queue, 3)).toEqual(['a', 'b', 'c']);
    });

    test('a removed run is never handed out, and removing it again says so', async () => {
      await using queue = await open({capacity: 10});
      await enqueue(queue, entries('interactive', 'a', 'b', 'c'));
      expect(await queue.remove('b')).toBe(true);
      expect(await queue.remove('b')).toBe(false);
      expect(await takeIds(queue, 2)).toEqual(['a', 'c']);
      expect(queue.depth.interactive).toBe(0);
    });

    test('a run that was taken, or was never there, is not removed', async () => {
      await using queue = await open({capacity: 10});
      await enqueue(queue, entries('interactive', 'a'));
      const lease = await queue.take({signal: undefined});
      expect(await queue.remove('a')).toBe(false);
      expect(await queue.remove('unknown')).toBe(false);
      await lease.complete();
    });

    test('a retried run comes back as the next attempt, not before its delay', async () => {
      await using queue = await open({capacity: 1});
      await enqueue(queue, entries('interactive', 'a'));
      const lease = await queue.take({signal: undefined});
      const retriedAt = performance.now();
      await lease.retry(30);
      const again = await queue.take({signal: undefined});
      // Timers of the platform may fire up to a millisecond early.
      expect(performance.now() - retriedAt).toBeGreaterThanOrEqual(29);
      expect(again.entry).toMatchObject({runId: 'a', attempt: 2});
      await again.complete();
    });

    test('a run that waits for its retry counts as waiting and can be removed', async () => {
      await using queue = await open({capacity: 10});
      await enqueue(queue, entries('batch', 'a'));
      const lease = await queue.take({signal: undefined});
      await lease.retry(60_000);
      expect(queue.depth.batch).toBe(1);
      expect(await queue.remove('a')).toBe(true);
      expect(queue.depth.batch).toBe(0);
    });

    test('a lease is settled once', async () => {
      await using queue = await open({capacity: 10});
      await enqueue(queue, entries('interactive', 'a'));
      const lease = await queue.take({signal: undefined});
      await lease.complete();
      await expect(lease.complete()).rejects.toMatchObject({code: 'internal-error'});
      await expect(lease.retry(0)).rejects.toMatchObject({code: 'internal-error'});
      expect(queue.depth.interactive).toBe(0);
    });

    test('depth counts each class and tells how long the oldest has waited', async () => {
      await using queue = await open({capacity: 10});
      expect(queue.depth).toEqual({interactive: 0, batch: 0, oldestWaitMs: 0});
      await enqueue(queue, [...entries('interactive', 'a', 'b'), ...entries('batch', 'c')]);
      expect(queue.depth).toMatchObject({interactive: 2, batch: 1});
      expect(queue.depth.oldestWaitMs).toBeGreaterThanOrEqual(0);
    });

    test('disposing rejects the waiting takes, and a disposed queue takes nothing more', async () => {
      const queue = await open({capacity: 10});
      const taking = queue.take({signal: undefined});
      const rejected = expect(taking).rejects.toMatchObject({code: 'shutting-down'});
      await queue[Symbol.asyncDispose]();
      await rejected;
      await queue[Symbol.asyncDispose]();
      await expect(queue.take({signal: undefined})).rejects.toMatchObject({code: 'shutting-down'});
      expect(catchError(() => queue.reserve(1)).code).toBe('shutting-down');
    });
  });
}

function names(prefix: string, count: number): string[] {
  return Array.from({length: count}, (_, index) => `${prefix}-${index}`);
}

function entries(priority: QueueEntry['priority'], ...runIds: readonly string[]): QueueEntry[] {
  return runIds.map((runId) => ({runId, owner: 'local', priority, attempt: 1}));
}

async function enqueue(queue: RunQueue, list: readonly QueueEntry[]): Promise<void> {
  using places = queue.reserve(list.length);
  await places.enqueue(list);
}

async function takeIds(queue: RunQueue, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const lease = await queue.take({signal: AbortSignal.timeout(5_000)});
    ids.push(lease.entry.runId);
    await lease.complete();
  }
  return ids;
}

function catchError(act: () => unknown): SandglassError {
  try {
    act();
  } catch (error) {
    if (error instanceof SandglassError) return error;
    throw error;
  }
  throw new Error('expected a SandglassError, but nothing was thrown');
}
