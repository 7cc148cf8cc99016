import {expect, test} from 'vitest';
import {TestServer} from '../support/test-server.ts';

const FLAGS = {doors: 'system-e'};

test('a missing field, an unknown language and an unknown submission are refused in that system’s words', async () => {
  await using server = await TestServer.start({flags: FLAGS});
  const cases = [{code: 'x'}, {lang: 'python'}, {code: '', lang: 'python'}, [], 'text'];
  for (const body of cases) {
    const response = await server.post('/api/submit', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({error: 'Code and language are required'});
  }
  expect((await server.post('/api/submit', {code: 'x', lang: 'cobol'})).status).toBe(400);
  for (const id of ['no-id', '01900000-0000-7000-8000-000000000001']) {
    const response = await server.fetch(`/api/result/${id}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({error: 'Code submission not found'});
  }
});

test('the door is closed unless it is named', async () => {
  await using server = await TestServer.start();
  expect((await server.post('/api/submit', {code: 'x', lang: 'python'})).status).toBe(404);
});
