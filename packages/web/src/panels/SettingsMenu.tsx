import {type ReactNode, useEffect, useId, useRef, useState} from 'react';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {Button} from '../ui/Button.tsx';
import {Icon} from '../ui/Icon.tsx';
import type {Workspace} from '../workspace/workspace.ts';

const MIB = 1024 * 1024;

/** Arguments, compiler options and limits: needed now and then, so behind a button. */
export function SettingsMenu({playground}: {playground: Playground}) {
  const workspace = useStore(playground.state, (state) => state.workspace);
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const {default: standard, maximum} = playground.limits;
  const isCompiled = playground.language(workspace.language)?.compiled ?? true;
  const count = changedSettings(workspace);
  const change = (fields: Partial<Workspace>) => playground.change((old) => ({...old, ...fields}));

  useEffect(() => {
    if (!isOpen) return;
    const onPointerDown = ({target}: PointerEvent) => {
      if (target instanceof Node && menu.current?.contains(target) === false) setOpen(false);
    };
    const onKeyDown = ({key}: KeyboardEvent) => {
      if (key === 'Escape') setOpen(false);
    };
    addEventListener('pointerdown', onPointerDown);
    addEventListener('keydown', onKeyDown);
    return () => {
      removeEventListener('pointerdown', onPointerDown);
      removeEventListener('keydown', onKeyDown);
    };
  }, [isOpen]);

  return (
    <div ref={menu} className="relative">
      <Button aria-expanded={isOpen} aria-haspopup="dialog" onClick={() => setOpen(!isOpen)}>
        Options
        {count === 0 ? null : (
          <span className="rounded-full bg-accent px-1.5 text-xs font-semibold text-on-accent">{count}</span>
        )}
        <Icon name="chevron" className="size-4" />
      </Button>
      {isOpen ? (
        <div
          role="dialog"
          aria-label="Options"
          className="absolute left-0 z-10 mt-1.5 grid w-80 max-w-[calc(100vw-1rem)] gap-3 rounded-xl border border-line bg-panel p-4 shadow-xl"
        >
          <Labelled label="Arguments" hint='Separated by blanks; "quotes" keep them together.'>
            {(id) => (
              <input
                id={id}
                className="field-mono"
                placeholder="--name value"
                value={workspace.args}
                onChange={({target}) => change({args: target.value})}
              />
            )}
          </Labelled>
          {isCompiled ? (
            <Labelled label="Compiler options">
              {(id) => (
                <input
                  id={id}
                  className="field-mono"
                  placeholder="-Wall"
                  value={workspace.compilerOptions}
                  onChange={({target}) => change({compilerOptions: target.value})}
                />
              )}
            </Labelled>
          ) : null}
          <div className="grid grid-cols-2 gap-3">
            <Labelled label="Time limit (s)">
              {(id) => (
                <NumberField
                  id={id}
                  placeholder={String((workspace.mode === 'terminal' ? maximum : standard).wallTimeMs / 1000)}
                  step={0.5}
                  value={workspace.wallTimeSeconds}
                  onChange={(wallTimeSeconds) => change({wallTimeSeconds})}
                />
              )}
            </Labelled>
            <Labelled label="Memory (MiB)">
              {(id) => (
                <NumberField
                  id={id}
                  placeholder={String(Math.round(standard.memoryBytes / MIB))}
                  step={16}
                  value={workspace.memoryMib}
                  onChange={(memoryMib) => change({memoryMib})}
                />
              )}
            </Labelled>
          </div>
          <Labelled label="Files to show" hint="Pictures that the program leaves in its folder.">
            {(id) => (
              <input
                id={id}
                className="field-mono"
                value={workspace.artifacts}
                onChange={({target}) => change({artifacts: target.value})}
              />
            )}
          </Labelled>
        </div>
      ) : null}
    </div>
  );
}

interface LabelledProps {
  readonly label: string;
  readonly hint?: string;
  readonly children: (id: string) => ReactNode;
}

function Labelled({label, hint, children}: LabelledProps) {
  const id = useId();
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
      </label>
      {children(id)}
      {hint === undefined ? null : <p className="text-xs text-soft">{hint}</p>}
    </div>
  );
}

interface NumberFieldProps {
  readonly id: string;
  readonly placeholder: string;
  readonly step: number;
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

/** Empty means the server's default, which the placeholder names. */
function NumberField({id, placeholder, step, value, onChange}: NumberFieldProps) {
  return (
    <input
      id={id}
      type="number"
      inputMode="decimal"
      min={0}
      step={step}
      placeholder={placeholder}
      className="field-mono"
      value={value ?? ''}
      onChange={({target}) => onChange(target.valueAsNumber > 0 ? target.valueAsNumber : null)}
    />
  );
}

function changedSettings({args, compilerOptions, wallTimeSeconds, memoryMib}: Workspace): number {
  return [
    args.trim() !== '',
    compilerOptions.trim() !== '',
    wallTimeSeconds !== null,
    memoryMib !== null,
  ].filter(Boolean).length;
}
