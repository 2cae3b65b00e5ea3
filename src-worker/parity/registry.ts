import { deit } from './kinds/deit.ts';
import { finetuneLoad } from './kinds/finetune-load.ts';
import { imageModelFormula } from './kinds/image-model-formula.ts';
import { imageModel } from './kinds/image-model.ts';
import { litModel } from './kinds/lit-model.ts';
import { lrSchedule } from './kinds/lr-schedule.ts';
import { optimizerAdam } from './kinds/optimizer-adam.ts';
import { optimizerSgd } from './kinds/optimizer-sgd.ts';
import { preprocess } from './kinds/preprocess.ts';
import { timmLogits } from './kinds/timm-logits.ts';
import { bertTokenizer, sentencepieceTokenizer } from './kinds/tokenizer.ts';
import { trainingRun } from './kinds/training-run.ts';
import { vitJaxWorkdir } from './kinds/vit-jax-workdir.ts';
import { NotSupportedYet, type Kind } from './outcome.ts';

/** Every kind of case, by the `kind` of its case.json. A kind that Vitrine can't run yet says what is missing. */
export const KINDS = {
  image_model: imageModel,
  image_model_formula: imageModelFormula,
  finetune_load: finetuneLoad,
  lr_schedule: lrSchedule,
  optimizer_sgd: optimizerSgd,
  optimizer_adam: optimizerAdam,
  training_run: trainingRun,
  vit_jax_workdir: vitJaxWorkdir,
  timm_logits: timmLogits,
  preprocess,
  lit_model: litModel,
  bert_tokenizer: bertTokenizer,
  sentencepiece_tokenizer: sentencepieceTokenizer,
  deit,
} satisfies Record<string, Kind>;

export function kindNamed(name: string): Kind {
  return Object.hasOwn(KINDS, name)
    ? KINDS[name as keyof typeof KINDS]
    : missing(`cases of kind ${JSON.stringify(name)}`);
}

function missing(what: string): Kind {
  return () => Promise.reject(new NotSupportedYet(what));
}
