import type {KnownUser, Principal} from '@sandglass/accounts';
import type {Projects} from '@sandglass/projects';
import type {Classroom} from '@sandglass/projects/classroom';
import {Type} from 'typebox';
import type {Judge} from '../../classroom/judge.ts';
import {type AccountParts, closed, memberOf, uuid} from '../accounts/account-parts.ts';

export interface ClassroomParts extends AccountParts {
  readonly classroom: Classroom;
  readonly projects: Projects;
  readonly judge: Judge;
}

/** As others of the class see somebody. */
export const PERSON_SCHEMA = Type.Object(
  {id: uuid, username: Type.String(), name: Type.String()},
  {...closed, title: 'Person'},
);

export function memberId({principal}: {readonly principal: Principal}): KnownUser['id'] {
  return memberOf(principal).id;
}

export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

export function rfc3339OrNull(ms: number | null): string | null {
  return ms === null ? null : rfc3339(ms);
}
