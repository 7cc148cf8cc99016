import {type ComponentProps, type FormEvent, type ReactNode, useId, useState} from 'react';
import {wordsFor} from '../account/account.ts';
import {Button} from './Button.tsx';

interface FormProps {
  readonly submit: string;
  /** What it throws is shown above the button. */
  readonly onSubmit: (fields: FormData) => Promise<void>;
  readonly children: ReactNode;
}

/** Fields and a button. While it is being sent the button rests; a refusal is read out. */
export function Form({submit, onSubmit, children}: FormProps) {
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setSending(true);
    setProblem(null);
    try {
      await onSubmit(fields);
    } catch (error) {
      setProblem(wordsFor(error));
    } finally {
      setSending(false);
    }
  };

  return (
    <form className="grid gap-3" onSubmit={(event) => void send(event)}>
      {children}
      <p role="alert" className="text-bad empty:hidden">
        {problem}
      </p>
      <Button type="submit" look="primary" disabled={isSending}>
        {submit}
      </Button>
    </form>
  );
}

interface FieldProps extends ComponentProps<'input'> {
  readonly label: string;
  readonly hint?: string;
}

export function Field({label, hint, ...input}: FieldProps) {
  const id = useId();
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
      </label>
      <input
        id={id}
        className="field"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...input}
      />
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="text-xs text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}

/** A field of a form as text; absent ones are empty. */
export function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value : '';
}
