import { gridOf, numTokens } from '../../../src-shared/models/architecture.ts';
import type { LitArchitecture, TextArchitecture } from '../../../src-shared/models/lit.ts';
import { LIT_MAX_LEN, TOKENIZER_FILES } from '../../../src-shared/text/for-tower.ts';

/** What an image and text model is, as rows of `inspect`. */
export function litRows({ image, text, outDim }: LitArchitecture): [string, string][] {
  const [height, width] = image.imageSize;
  const size = `depth ${image.depth}, width ${image.width}, ${image.numHeads} heads, MLP ${image.mlpDim}`;
  const patches = `${gridOf(image).join('x')} patches of ${image.patchSize.join('x')} px, ${numTokens(image)} tokens`;
  return [
    ['image tower', `Vision Transformer, ${size}; ${head(image.numClasses)}`],
    ['image', `${height}x${width} px (${patches}), bilinear, cut to whole levels, values in [-1, 1]`],
    ['text tower', textTower(text)],
    ['text', textInput(text)],
    ['embeddings', `${outDim} wide, at length 1; compared by their product times the temperature`],
  ];
}

function textTower(text: TextArchitecture): string {
  const title = text.kind === 'bert' ? 'BERT, first token' : 'transformer, last token';
  const size = `depth ${text.depth}, width ${text.width}, ${text.numHeads} heads, MLP ${text.mlpDim}`;
  return `${title}, ${size}; ${head(text.outDim)}`;
}

function textInput(text: TextArchitecture): string {
  const maxLen = text.kind === 'bert' ? Math.min(LIT_MAX_LEN, text.maxPositions) : text.maxLen;
  const { title, ending } = TOKENIZER_FILES[text.kind];
  return `${maxLen} tokens of ${text.vocabSize.toLocaleString('en')}, from ${title} (${ending})`;
}

function head(outDim: number | null): string {
  return outDim === null ? 'no head' : `head of ${outDim}`;
}
