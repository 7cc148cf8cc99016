import {describe, expect, it} from 'vitest';
import {SessionPlaces} from '../../src/live/session-places.ts';

describe('places for sessions', () => {
  it('are as many as set', async () => {
    const places = new SessionPlaces(1);
    expect([places.take(), places.take()]).toEqual([true, false]);
    expect(await places.wait(1)).toBe(false);
    places.giveBack();
    expect(places.take()).toBe(true);
  });

  it('go to who has waited longest, and to nobody else meanwhile', async () => {
    const places = new SessionPlaces(1);
    places.take();
    const order: string[] = [];
    const first = places.wait(10_000).then(() => order.push('first'));
    const second = places.wait(10_000).then(() => order.push('second'));
    places.giveBack();
    expect(places.take()).toBe(false);
    await first;
    places.giveBack();
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  it('are given to nobody after the close, and who waits is told', async () => {
    const places = new SessionPlaces(1);
    places.take();
    const waiting = places.wait(10_000);
    places.close();
    await expect(waiting).rejects.toMatchObject({code: 'shutting-down'});
    await expect(places.wait(10_000)).rejects.toMatchObject({code: 'shutting-down'});
    expect(places.take()).toBe(false);
  });
});
