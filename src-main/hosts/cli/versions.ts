/** Versions that a result's provenance names. */
export async function versions(): Promise<Record<string, string>> {
  const { version } = (await import('../../../package.json', { with: { type: 'json' } })).default;
  return { vitrine: version, node: process.versions.node };
}
