import {type ReactNode, useEffect, useRef} from 'react';
import {Button} from './Button.tsx';
import {Icon} from './Icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A modal window. The browser's own element keeps the focus inside, closes on Escape and gives the focus back. */
export function Dialog({title, isOpen, onClose, children}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === isOpen) return;
    if (isOpen) element.showModal();
    else element.close();
  }, [isOpen]);

  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={onClose}
      className="m-auto max-h-[85dvh] w-[min(40rem,calc(100vw-2rem))] rounded-2xl border border-line bg-panel p-0 text-ink shadow-2xl"
    >
      <header className="sticky top-0 flex items-center justify-between border-b border-line bg-panel px-5 py-3">
        <h2 className="text-base font-semibold">{title}</h2>
        <Button look="quiet" className="-mr-2 px-2" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </Button>
      </header>
      <div className="px-5 py-4">{isOpen ? children : null}</div>
    </dialog>
  );
}
