import type {SandboxKind} from '../driver.ts';

/** Equal for kinds whose sandboxes are interchangeable. */
export function kindKey(kind: SandboxKind): string {
  const primed = kind.prime === undefined ? '' : ` primed ${kind.prime.id}`;
  return `${plainKey(kind)}${primed}`;
}

function plainKey(kind: SandboxKind): string {
  return typeof kind.network === 'string'
    ? `${kind.network} ${kind.image}`
    : `${JSON.stringify(kind.network.allow)} ${kind.image}`;
}
