import {useEffect, useRef, useState} from 'react';

interface FileNameFieldProps {
  readonly initial: string;
  /** Why the name cannot be taken, or null. */
  readonly problem: (name: string) => string | null;
  readonly onDone: (name: string) => void;
  readonly onCancel: () => void;
}

/** A tab while its name is being typed: Enter takes it, Escape leaves it. */
export function FileNameField({initial, problem, onDone, onCancel}: FileNameFieldProps) {
  const [name, setName] = useState(initial);
  const field = useRef<HTMLInputElement>(null);
  const why = problem(name);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  return (
    <form
      className="px-1"
      onSubmit={(event) => {
        event.preventDefault();
        if (why === null) onDone(name);
      }}
    >
      <input
        ref={field}
        aria-label="File name"
        aria-invalid={why !== null}
        title={why ?? 'Enter takes the name, Escape leaves it'}
        placeholder="helper.py"
        size={Math.max(10, name.length + 1)}
        className={`h-7 rounded-md border bg-panel px-2 font-mono text-[13px] ${why === null || name === '' ? 'border-line' : 'border-bad'}`}
        value={name}
        onChange={({target}) => setName(target.value)}
        onBlur={() => (why === null ? onDone(name) : onCancel())}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onCancel();
        }}
      />
    </form>
  );
}
