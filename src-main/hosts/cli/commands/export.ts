import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExportTarget } from '../../../../src-shared/contract/worker.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { runWorker } from '../../../workers/run-worker.ts';
import type { Command } from '../command.ts';
import { ALLOW_NAN, allowNanOption, engineEnvironment, threadsOption } from '../worker-options.ts';

const TARGETS = ['npz', 'timm', 'hf', 'savedmodel', 'onnx'] as const satisfies readonly ExportTarget[];

export const command: Command = {
  name: 'export',
  summary: 'write a checkpoint for timm, Hugging Face, TensorFlow or ONNX',
  usage: `export CHECKPOINT --to ${TARGETS.join('|')} --output DIR`,
  help: `
Writes a checkpoint in another layout, with a model card, then runs what it wrote on the same input and prints the
largest difference. A model that the target doesn't have is refused.

  --to npz         model.npz as AugReg's, with model.json beside it; holds every model
  --to timm        model.safetensors and config.json: timm.create_model('local-dir:DIR', pretrained=True)
  --to hf          model.safetensors, config.json and preprocessor_config.json: from_pretrained(DIR)
  --to savedmodel  a TensorFlow SavedModel (needs TensorFlow)
  --to onnx        model.onnx (opset 17), any batch; weights over 2 GB in model.onnx.data
  --output DIR     a folder that is empty or not there yet
  --threads N      threads (default: all cores)
  --allow-nan      take weights that are NaN or infinite
  --json           {"directory", "files": [{"name", "bytes"}], "difference", "tolerance", "notes", "engine"}

Examples:
  vitrine export runs/pets/model.npz --to timm --output pets-timm
  vitrine export model.safetensors --to npz --output as-augreg
`,
  options: { to: { type: 'string' }, output: { type: 'string' }, threads: { type: 'string' }, ...ALLOW_NAN },
  async run(context) {
    const [checkpoint, ...more] = context.positionals;
    const { to, output } = context.options;
    const target = TARGETS.find((name) => name === to);
    if (checkpoint === undefined || more.length > 0 || typeof output !== 'string' || to === undefined) {
      throw new AppError('usage', 'export takes a checkpoint, --to and --output.', {
        hint: `Usage: vitrine ${command.usage}`,
      });
    }
    if (!target) throw new AppError('usage', `export: --to is one of ${TARGETS.join(', ')}, not "${String(to)}".`);
    threadsOption(context);
    if (!existsSync(checkpoint)) {
      throw new AppError('not_found', `There is no checkpoint ${checkpoint}.`, { hint: 'Check the path.' });
    }
    const input = {
      checkpoint: resolve(checkpoint),
      allowNan: allowNanOption(context),
      to: target,
      output: resolve(output),
    };
    const result = await runWorker('export', input, {
      environment: await engineEnvironment(context),
      signal: context.signal,
    });
    if (context.json) return context.emit(result);
    for (const { name, bytes } of result.files) {
      context.print(`${name}  ${bytes.toLocaleString('en')} bytes`);
    }
    for (const note of result.notes) context.print(`note: ${note}`);
    const { difference, tolerance, engine } = result;
    context.print(
      `written to ${output}; run on ${engine.kind}, largest difference ${difference} (tolerance ${tolerance})`,
    );
  },
};
