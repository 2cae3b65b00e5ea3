/** Members of a tape archive, for tests: as tar writes them, or as somebody hostile does. */
export function tarMember(path: string, data: Uint8Array | string = '', type = '0'): Buffer {
  const content = Buffer.from(data);
  const block = Buffer.alloc(512);
  block.write(path, 0, 100);
  block.write('0000644\0', 100);
  block.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  block.write(type, 156);
  block.write('/etc/passwd', 157);
  block.write('ustar\x0000', 257);
  block.fill(' ', 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return Buffer.concat([block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

export function tarOf(files: Readonly<Record<string, Uint8Array | string>>): Buffer {
  const members = Object.entries(files).map(([path, data]) => tarMember(path, data));
  return Buffer.concat([...members, Buffer.alloc(1024)]);
}
