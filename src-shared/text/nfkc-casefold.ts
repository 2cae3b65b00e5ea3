/**
 * Unicode's NFKC_Casefold (UAX #44, UTS #31): compatibility characters expanded (ﬁ → fi, ½ → 1⁄2, № → no), case folded
 * in full (ß → ss, ς → σ), default-ignorable characters (U+00AD, U+200B, U+FEFF) removed. ICU has it ready and
 * JavaScript's engines don't show it. Folding makes new compositions possible and the reverse, so it is done twice.
 * Gives what Unicode 14's own table has for each of its code points (and knows later ones, as the runtime does).
 */
export function nfkcCasefold(text: string): string {
  if (/^[ -~]*$/.test(text)) return text.toLowerCase(); // ASCII
  const once = fold(withoutIgnorable(text).normalize('NFD')).normalize('NFKC');
  return withoutIgnorable(fold(once).normalize('NFKC')).normalize('NFC');
}

function withoutIgnorable(text: string): string {
  return text.replace(/\p{Default_Ignorable_Code_Point}+/gu, '');
}

/** Full case folding, character by character: what JavaScript lower-cases after upper-casing, but for what follows. */
function fold(text: string): string {
  let folded = '';
  for (const char of text) folded += UNLIKE_LOWERCASE.test(char) ? foldSpecial(char) : char.toUpperCase().toLowerCase();
  return folded;
}

/** The dotless i, and Cherokee. */
const UNLIKE_LOWERCASE = /[\u0131\u13a0-\u13fd\uab70-\uabbf]/;

/** The dotless i stays; Cherokee, whose capitals are older than its small letters, folds to capitals. */
function foldSpecial(char: string): string {
  return char === '\u0131' ? char : char.toUpperCase();
}
