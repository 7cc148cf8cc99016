export {type ArchiveBounds, readArchive} from './archive/read-archive.ts';
export {writeArchive} from './archive/write-archive.ts';
export {
  LINK_ACCESSES,
  type LinkAccess,
  PROGRAM_SCHEMA,
  PROJECT_BODY,
  type Program,
  type Project,
  type ProjectFile,
  type ProjectSummary,
  VISIBILITIES,
  type Visibility,
} from './project.ts';
export {type HistoryEntry, type ProjectBounds, Projects, type Viewer} from './projects.ts';
