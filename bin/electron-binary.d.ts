export function findElectron(root: string, env?: Readonly<Record<string, string | undefined>>): string | null;
