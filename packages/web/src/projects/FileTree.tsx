import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {folderTree, type TreeNode} from './folder-tree.ts';

/** Files and folders of the project; the open one is marked. */
export function FileTree({playground}: {playground: Playground}) {
  const workspace = useStore(playground.state, (state) => state.workspace);
  const open = (path: string) => playground.change((old) => ({...old, activePath: path}));
  return (
    <nav
      aria-label="Files of the project"
      className="h-full overflow-auto rounded-xl border border-line bg-panel p-2"
    >
      <Branch
        nodes={folderTree(workspace.files.map(({path}) => path))}
        active={workspace.activePath}
        onOpen={open}
      />
    </nav>
  );
}

function Branch({
  nodes,
  active,
  onOpen,
}: {
  nodes: readonly TreeNode[];
  active: string;
  onOpen: (path: string) => void;
}) {
  return (
    <ul className="grid gap-0.5">
      {nodes.map((node) =>
        node.kind === 'folder' ? (
          <li key={node.path}>
            <details open>
              <summary className="rounded px-1.5 py-1 font-mono text-[13px] text-soft">{node.name}</summary>
              <div className="pl-3">
                <Branch nodes={node.children} active={active} onOpen={onOpen} />
              </div>
            </details>
          </li>
        ) : (
          <li key={node.path}>
            <button
              type="button"
              aria-current={node.path === active ? 'true' : undefined}
              onClick={() => onOpen(node.path)}
              className={`w-full truncate rounded px-1.5 py-1 text-left font-mono text-[13px] ${node.path === active ? 'bg-raised text-ink' : 'text-soft hover:text-ink'}`}
            >
              {node.name}
            </button>
          </li>
        ),
      )}
    </ul>
  );
}
