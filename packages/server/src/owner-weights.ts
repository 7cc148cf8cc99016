import type {Config} from './config/config-schema.ts';

/** Shares of owners in the queue, from `owner=weight` settings; the last one for an owner counts, and nobody has less than 1. */
export function ownerWeights({cluster}: Pick<Config, 'cluster'>): (owner: string) => number {
  const byOwner = new Map(
    cluster.weights.map((setting) => {
      const at = setting.lastIndexOf('=');
      return [setting.slice(0, at), Math.max(1, Number(setting.slice(at + 1)))] as const;
    }),
  );
  return (owner) => byOwner.get(owner) ?? 1;
}
