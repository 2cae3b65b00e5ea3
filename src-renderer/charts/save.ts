/** Hands a file to the person, as a download. */
export function save(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), {
    href: address,
    download: name.replace(/[\\/:*?"<>|]+/g, ' '),
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
