import type {PointerEvent} from 'react';

/** Share of the left side, in percent of the width: neither side can be lost. */
export const SPLIT = {min: 25, initial: 50, max: 75} as const;

const KEY_STEPS: Readonly<Record<string, number>> = {ArrowLeft: -2, ArrowRight: 2};

interface SplitHandleProps {
  readonly percent: number;
  readonly onChange: (percent: number) => void;
}

/** The bar between code and result: drag it, or use the arrow keys; a double click puts it in the middle. */
export function SplitHandle({percent, onChange}: SplitHandleProps) {
  const moveTo = (wanted: number) => onChange(Math.min(SPLIT.max, Math.max(SPLIT.min, Math.round(wanted))));
  const drag = ({currentTarget, pointerId, clientX}: PointerEvent<HTMLElement>) => {
    if (!currentTarget.hasPointerCapture(pointerId)) return;
    const whole = currentTarget.parentElement?.getBoundingClientRect();
    if (whole !== undefined) moveTo(((clientX - whole.left) / whole.width) * 100);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be moved; a focusable separator can (WAI-ARIA, "Window Splitter").
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the code"
      aria-valuemin={SPLIT.min}
      aria-valuemax={SPLIT.max}
      aria-valuenow={percent}
      tabIndex={0}
      className="group flex w-3 cursor-col-resize touch-none items-center justify-center rounded max-lg:hidden"
      onPointerDown={({currentTarget, pointerId}) => currentTarget.setPointerCapture(pointerId)}
      onPointerMove={drag}
      onDoubleClick={() => onChange(SPLIT.initial)}
      onKeyDown={({key}) => moveTo(percent + (KEY_STEPS[key] ?? 0))}
    >
      <span className="h-10 w-1 rounded-full bg-line transition-colors group-hover:bg-accent" />
    </div>
  );
}
