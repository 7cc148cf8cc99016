import type {ImageProgress} from '@sandglass/images';
import {toOneLine} from '../terminal/sanitize.ts';
import {formatBytes} from '../terminal/units.ts';

const BAR_WIDTH = 30;
/** Of a terminal that does not say. */
const USUAL_COLUMNS = 80;
/** As fast as an eye follows; each more is work for the terminal only. */
const REDRAW_MS = 100;

/** What it is shown on; `columns` is 0 for a terminal that does not say. */
export type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & {write(text: string): unknown};

/**
 * Shows progress on standard error: on a terminal a line that is drawn over, with a bar where the whole is known; elsewhere a line for each step.
 * Dispose it before anything else is printed.
 */
export class ProgressLine implements Disposable {
  readonly #stream: Screen;
  #step = '';
  #drawnAtMs = Number.NEGATIVE_INFINITY;

  constructor(stream: Screen) {
    this.#stream = stream;
  }

  readonly show = (progress: ImageProgress): void => {
    if (progress.kind === 'step') {
      this.#step = toOneLine(progress.message);
      if (this.#stream.isTTY) this.#draw(this.#step);
      else this.#stream.write(`${this.#step}\n`);
      return;
    }
    const nowMs = performance.now();
    if (!this.#stream.isTTY || nowMs - this.#drawnAtMs < REDRAW_MS) return;
    this.#drawnAtMs = nowMs;
    this.#draw(`${this.#step}  ${amount(progress.done, progress.total)}`);
  };

  [Symbol.dispose](): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[2K');
  }

  #draw(text: string): void {
    this.#stream.write(
      `\r\u001b[2K${text.slice(0, Math.max(20, (this.#stream.columns || USUAL_COLUMNS) - 1))}`,
    );
  }
}

function amount(done: number, total: number | null): string {
  if (total === null || total === 0) return formatBytes(done);
  const share = Math.min(1, done / total);
  const filled = Math.round(share * BAR_WIDTH);
  return `[${'='.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${Math.floor(share * 100)} % of ${formatBytes(total)}`;
}
