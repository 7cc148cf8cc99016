import type {Engine} from '@sandglass/engine';

/** `/healthz` in the words of system I: its runners are our sandboxes. */
export function systemIHealth({ready, inUse, creating}: Engine['poolStats']): string {
  return `ok idle=${ready} busy=${inUse} provisioning=${creating}`;
}
