/**
 * Maps items with at most `width` of them at work at once; results keep the order of the items. The first failure is thrown after
 * those already begun have ended, and no further one is begun.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  let isFailed = false;
  const worker = async () => {
    // One iterator shared by all workers hands each item out once.
    for (const [index, item] of queue) {
      if (isFailed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        isFailed = true;
        throw error;
      }
    }
  };
  const settled = await Promise.allSettled(Array.from({length: Math.max(1, width)}, worker));
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results;
}
