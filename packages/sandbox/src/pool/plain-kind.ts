import type {SandboxKind} from '../driver.ts';

/** The kind without its runtime: what a driver makes, and what serves in its place. */
export function plainKind(kind: SandboxKind): SandboxKind {
  if (kind.prime === undefined) return kind;
  const {image, network} = kind;
  return {image, network};
}
