import {Dialog} from './Dialog.tsx';
import {SHORTCUTS} from './use-shortcuts.ts';

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function HelpDialog({isOpen, onClose}: {isOpen: boolean; onClose: () => void}) {
  return (
    <Dialog title="Help" isOpen={isOpen} onClose={onClose}>
      <h3 className="mb-2 font-semibold">Keys</h3>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {SHORTCUTS.map(({name, keys, words}) => (
          <div key={name} className="contents">
            <dt>
              <kbd className="rounded border border-line bg-raised px-1.5 py-0.5 font-mono text-xs whitespace-nowrap">
                {keys.replace('Mod', isApple ? '⌘' : 'Ctrl').replaceAll('+', ' + ')}
              </kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
        <dt>
          <kbd className="rounded border border-line bg-raised px-1.5 py-0.5 font-mono text-xs">
            Esc, then Tab
          </kbd>
        </dt>
        <dd>Leave the editor with the keyboard</dd>
      </dl>
      <h3 className="mt-5 mb-2 font-semibold">Three ways to run</h3>
      <dl className="grid gap-2">
        <div>
          <dt className="font-medium">Terminal</dt>
          <dd className="text-soft">Talk to the program. Ctrl C interrupts it, Ctrl D ends its input.</dd>
        </div>
        <div>
          <dt className="font-medium">Input</dt>
          <dd className="text-soft">
            The whole input is given beforehand; output and errors are shown apart.
          </dd>
        </div>
        <div>
          <dt className="font-medium">Tests</dt>
          <dd className="text-soft">
            The program is compiled once and judged on each test in a sandbox of its own.
          </dd>
        </div>
      </dl>
      <p className="mt-5 text-soft">
        Every run gets a fresh sandbox without network. A shared link holds the code itself: nothing is
        stored. The same is possible over HTTP:{' '}
        <a className="text-accent underline" href="/docs">
          API description
        </a>
        .
      </p>
    </Dialog>
  );
}
