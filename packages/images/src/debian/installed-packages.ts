/** Packages and versions in a dpkg status file, installed ones only. */
export function installedPackages(status: string): Record<string, string> {
  const pairs = status.split('\n\n').flatMap((paragraph): [string, string][] => {
    const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(paragraph)?.[1]?.trim();
    const [name, version] = [field('Package'), field('Version')];
    return name !== undefined && version !== undefined && field('Status') === 'install ok installed'
      ? [[name, version]]
      : [];
  });
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}
