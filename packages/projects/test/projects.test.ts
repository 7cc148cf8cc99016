import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll} from 'vitest';
import {PostgresService} from '../../../tests/services/postgres-service.ts';
import {describeWith} from '../../../tests/services/wanted.ts';
import {describeClassroomContract} from './classroom/classroom-contract.ts';
import {describeProjectsContract} from './projects-contract.ts';

let folder: string;
let databases = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandglass-projects-'));
});
afterAll(async () => {
  await rm(folder, {recursive: true});
});

const newFile = async () => join(folder, `${databases++}.sqlite`);
describeProjectsContract('SQLite', newFile);
describeClassroomContract('SQLite', newFile);

describeWith(['postgresql'], 'projects in PostgreSQL', () => {
  let postgres: PostgresService;
  beforeAll(async () => {
    postgres = await PostgresService.start();
  });
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
  });

  describeProjectsContract('PostgreSQL', () => postgres.createDatabase());
  describeClassroomContract('PostgreSQL', () => postgres.createDatabase());
});
