/** Fields as a person types them, a line each, as a run takes them. */
export function overridesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^--/, '')
        .replace(/^config\./, ''),
    )
    .filter((line) => line !== '')
    .map((line) => `--config.${line.replace(/\s*=\s*/, '=')}`);
}
