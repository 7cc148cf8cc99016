import fc from 'fast-check';
import {expect, test} from 'vitest';
import {LinkedList, type LinkedNode} from '../../src/embedded/linked-list.ts';

test('a list behaves like an array under any sequence of appends, shifts and removals', () => {
  const step = fc.oneof(fc.constant('append' as const), fc.constant('shift' as const), fc.nat({max: 50}));
  fc.assert(
    fc.property(fc.array(step, {maxLength: 200}), (steps) => {
      const list = new LinkedList<number>();
      const nodes: LinkedNode<number>[] = [];
      let model: number[] = [];
      for (const [value, act] of steps.entries()) {
        if (act === 'append') {
          nodes.push(list.append(value));
          model.push(value);
        } else if (act === 'shift') expect(list.shift()).toBe(model.shift());
        else {
          const node = nodes[act];
          if (node !== undefined) expect(list.remove(node)).toBe(model.includes(node.value));
          model = model.filter((other) => other !== node?.value);
        }
        expect(list.size).toBe(model.length);
        expect(list.first).toBe(model[0]);
      }
    }),
  );
});
