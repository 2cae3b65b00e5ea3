import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '../../../../src-shared/errors.ts';
import { runWorker } from '../../../workers/run-worker.ts';
import type { Command } from '../command.ts';
import { ALLOW_NAN, allowNanOption, engineEnvironment, threadsOption } from '../worker-options.ts';

export const command: Command = {
  name: 'logits',
  summary: 'raw logits for raw input, to compare with other implementations',
  usage: 'logits CHECKPOINT INPUT.npy [--output OUT.npy]',
  help: `
Runs a checkpoint on numbers as they are: no decoding, no resize, no normalisation. For comparing with vit_jax, timm or
your own code.

  INPUT.npy         float32 [B, H, W, 3], as the model takes it (for AugReg: in [-1, 1])
  --output OUT.npy  write the logits there instead of printing them
  --threads N       threads (default: all cores)
  --allow-nan       take weights that are NaN or infinite
  --json            {"shape": [B, C], "logits": [[…]]}

Example:
  vitrine logits B_16.npz images.npy --json
`,
  options: { output: { type: 'string' }, threads: { type: 'string' }, ...ALLOW_NAN },
  async run(context) {
    const [checkpoint, input, ...more] = context.positionals;
    if (checkpoint === undefined || input === undefined || more.length > 0) {
      throw new AppError('usage', 'logits takes a checkpoint and an .npy file.', {
        hint: `Usage: vitrine ${this.usage}`,
      });
    }
    threadsOption(context);
    for (const path of [checkpoint, input]) {
      if (!existsSync(path)) throw new AppError('not_found', `There is no file ${path}.`, { hint: 'Check the path.' });
    }
    const output = context.options['output'] as string | undefined;
    const job = {
      checkpoint: resolve(checkpoint),
      allowNan: allowNanOption(context),
      input: resolve(input),
      output: output === undefined ? null : resolve(output),
    };
    const { shape, logits, engine } = await runWorker('logits', job, {
      environment: await engineEnvironment(context),
      signal: context.signal,
    });
    if (context.json)
      return context.emit({
        shape,
        logits: logits ?? undefined,
        output,
        engine: { kind: engine.kind, version: engine.version },
      });
    if (logits === null) return context.print(`logits [${shape.join(', ')}] written to ${output}`);
    context.print(`logits [${shape.join(', ')}]`);
    for (const row of logits) context.print(JSON.stringify(row));
  },
};
