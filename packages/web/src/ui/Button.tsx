import type {ComponentProps} from 'react';

const LOOKS = {
  primary: 'bg-accent text-on-accent hover:brightness-110 font-semibold shadow-sm',
  danger: 'bg-bad text-panel hover:brightness-110 font-semibold shadow-sm',
  plain: 'border border-line bg-panel text-ink hover:bg-raised',
  quiet: 'text-soft hover:bg-raised hover:text-ink',
} as const;

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof LOOKS;
}

export function Button({look = 'plain', className = '', ...rest}: ButtonProps) {
  return (
    <button
      type="button"
      className={`inline-flex h-9 items-center justify-center gap-1.5 rounded-lg px-3 whitespace-nowrap transition-colors disabled:opacity-50 ${LOOKS[look]} ${className}`}
      {...rest}
    />
  );
}
