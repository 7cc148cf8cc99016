import type {Workspace} from './workspace.ts';

/** Adds an empty file and opens it; one that is there already is only opened. The path has passed `pathProblem`. */
export function addFile(workspace: Workspace, path: string): Workspace {
  if (workspace.files.some((file) => file.path === path)) return {...workspace, activePath: path};
  return {...workspace, files: [...workspace.files, {path, content: ''}], activePath: path};
}

export function renameFile(workspace: Workspace, from: string, to: string): Workspace {
  return {
    ...workspace,
    files: workspace.files.map((file) => (file.path === from ? {...file, path: to} : file)),
    activePath: workspace.activePath === from ? to : workspace.activePath,
  };
}

/** Removes a file, unless it is the only one; its neighbour is opened when it was the open one. */
export function deleteFile(workspace: Workspace, path: string): Workspace {
  const index = workspace.files.findIndex((file) => file.path === path);
  if (index === -1 || workspace.files.length === 1) return workspace;
  const files = workspace.files.filter((file) => file.path !== path);
  const neighbour = files[Math.min(index, files.length - 1)];
  const activePath = workspace.activePath === path ? neighbour?.path : workspace.activePath;
  return {...workspace, files, activePath: activePath ?? workspace.activePath};
}

/** The same workspace when the file has that content already, so that nobody takes it for a change. */
export function editFile(workspace: Workspace, path: string, content: string): Workspace {
  if (workspace.files.find((file) => file.path === path)?.content === content) return workspace;
  return {
    ...workspace,
    files: workspace.files.map((file) => (file.path === path ? {...file, content} : file)),
  };
}

/** Why a file cannot have this path, in words, or null. The server has the same rule; here it is said while typing. */
export function pathProblem(path: string, others: readonly string[]): string | null {
  if (path === '') return 'A file needs a name.';
  if (path.startsWith('/')) return 'The path is relative to the working directory: leave out the first "/".';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'Parts of the path cannot be empty, "." or "..".';
  if (hasControlCharacter(path)) return 'The name holds a character that cannot be shown.';
  if (others.includes(path)) return `There is already a file named ${path}.`;
  return null;
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}
