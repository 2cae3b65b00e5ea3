/** A page that shows pictures side by side, under their names. */
export function contactSheet(files: readonly string[]): string {
  const figures = files.map(
    (file) =>
      `<figure><a href="${file}"><img src="${file}" alt="" loading="lazy" width="400" /></a><figcaption>${file}</figcaption></figure>`,
  );
  return `<!doctype html>
<meta charset="utf-8" />
<title>Vitrine, every place in every state</title>
<style>
  body { display: grid; grid-template-columns: repeat(auto-fill, 400px); gap: 16px; font: 12px system-ui; }
  figure { margin: 0; }
  img { border: 1px solid #ccc; }
</style>
${figures.join('\n')}
`;
}
