import type {LinkAccess, Visibility} from '../project.ts';

/** Times are milliseconds since 1970. */
export interface ProjectTables {
  projects: ProjectsTable;
  project_files: ProjectFilesTable;
  project_runs: ProjectRunsTable;
}

export interface ProjectsTable {
  id: string;
  owner_id: string;
  name: string;
  language: string;
  /** JSON of `ProgramSettings`. */
  settings: string;
  revision: number;
  bytes: number;
  visibility: Visibility;
  /** Part of the shared address; it opens this project only, which the database holds anyway. Null unless shared by link. */
  link_token: string | null;
  link_access: LinkAccess;
  forked_from: string | null;
  created_at_ms: number;
  updated_at_ms: number;
}

export interface ProjectFilesTable {
  project_id: string;
  path: string;
  content: Uint8Array;
}

export interface ProjectRunsTable {
  run_id: string;
  project_id: string;
  /** Under whose name the run is kept. */
  run_owner: string;
  started_by: string;
  revision: number;
  created_at_ms: number;
}
