import {describe, expect, it} from 'vitest';
import {openProjects} from './open-projects.ts';

const PROGRAM = {
  language: 'python',
  files: [
    {path: 'bin/data', contentBase64: '/wA='},
    {path: 'main.py', content: 'print("ünï")'},
  ],
  stdin: 'input',
};

/** What projects promise over every database. `newTarget` gives an empty one each time. */
export function describeProjectsContract(name: string, newTarget: () => Promise<string>): void {
  describe(`projects contract: ${name}`, () => {
    it('keeps text and bytes, and settings, over a restart', async () => {
      const target = await newTarget();
      const {id, ownerId} = await (async () => {
        await using first = await openProjects(target);
        return await first.projects.create(first.userId, {name: 'a project', program: PROGRAM});
      })();
      await using second = await openProjects(target);
      const project = await second.projects.get(id, {userId: ownerId, linkToken: null});
      expect(project.settings).toEqual({language: 'python', stdin: 'input'});
      expect(project.files.map(({path, content}) => [path, Buffer.from(content).toString('base64')])).toEqual(
        [
          ['bin/data', '/wA='],
          ['main.py', Buffer.from('print("ünï")').toString('base64')],
        ],
      );
    });

    it('lets one of many savers win, also over two processes', async () => {
      const target = await newTarget();
      await using one = await openProjects(target);
      await using other = await openProjects(target);
      const viewer = {userId: one.userId, linkToken: null};
      const {id, revision} = await one.projects.create(one.userId, {program: PROGRAM});
      const answers = await Promise.allSettled(
        Array.from({length: 6}, (_, index) =>
          (index % 2 === 0 ? one : other).projects.save(id, viewer, {
            name: `n${index}`,
            program: PROGRAM,
            revision,
          }),
        ),
      );
      const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
      expect(refused).toEqual(Array(5).fill('changed-meanwhile'));
      expect((await other.projects.get(id, viewer)).revision).toBe(2);
    });

    it('finds by name in any case, with signs that databases take for patterns', async () => {
      await using opened = await openProjects(await newTarget());
      for (const projectName of ['Zebra', 'apple 100%', 'mango_1', 'back\\slash'])
        await opened.projects.create(opened.userId, {name: projectName, program: PROGRAM});
      const found = async (search: string) =>
        (await opened.projects.list(opened.userId, {search, sort: 'name', limit: 10, offset: 0})).map(
          (project) => project.name,
        );
      expect(await found('')).toEqual(['apple 100%', 'back\\slash', 'mango_1', 'Zebra']);
      expect(await found('zEb')).toEqual(['Zebra']);
      expect(await found('%')).toEqual(['apple 100%']);
      expect(await found('_')).toEqual(['mango_1']);
      expect(await found('\\')).toEqual(['back\\slash']);
    });

    it('remembers runs, newest first, and forgets them with the project', async () => {
      await using opened = await openProjects(await newTarget());
      const viewer = {userId: opened.userId, linkToken: null};
      const {id} = await opened.projects.create(opened.userId, {program: PROGRAM});
      for (const runId of ['run-1', 'run-2', 'run-2'])
        await opened.projects.addRun(id, viewer, {runId, runOwner: opened.userId, startedBy: 'ada'});
      const history = await opened.projects.history(id, viewer, 10);
      expect(history.map(({runId}) => runId)).toEqual(['run-2', 'run-1']);
      await opened.projects.delete(id, viewer);
      await expect(opened.projects.history(id, viewer, 10)).rejects.toMatchObject({code: 'not-found'});
    });
  });
}
