"""Compares Vitrine with timm and transformers in both directions, through the files.

    python bench/python/torch_layouts.py [--only WORD] [--json]

Needs torch, timm and transformers, and Vitrine's own `npm ci`. Written: golden checkpoints are exported and loaded by
the library itself, which gives logits for the golden input; Vitrine's are those of the checkpoint before the export.
Read: models that the library makes (its own initialisation and some noise, seeded) are saved by it and run by Vitrine.
Prints the largest absolute difference of each and its tolerance; exit 1 where one is beyond.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch

# A torchvision for CUDA beside a PyTorch for CPUs breaks the import of timm; nothing of it is used here.
_register_fake = torch.library.register_fake
torch.library.register_fake = lambda name, *args, **kwargs: (
    (lambda f: f) if name.startswith("torchvision::") else _register_fake(name, *args, **kwargs)
)

import timm  # noqa: E402
import timm.models._hub as timm_hub  # noqa: E402
import transformers  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "bench/goldens/models"

# Checkpoint, target, tolerance. timm's hybrids standardise weights a little otherwise.
WRITTEN = [
    ("vit_tiny16", "timm", 2e-5), ("vit_tiny32", "timm", 2e-5), ("vit_gap_tiny8", "timm", 2e-5),
    ("hybrid_root_r_ti16", "timm", 1e-4),
    ("vit_tiny16", "hf", 2e-5), ("vit_tiny32", "hf", 2e-5),
]

# How the library makes a model, and its name. Small where the library lets it be.
SMALL = dict(img_size=64, embed_dim=64, depth=2, num_heads=1, num_classes=7)
READ = [
    ("timm", "vit_tiny_patch16_224", dict(SMALL, num_heads=4)),
    ("timm", "vit_tiny_patch16_224", dict(SMALL, act_layer="gelu_tanh")),
    ("timm", "vit_tiny_patch16_224", dict(SMALL, class_token=False, global_pool="avg", fc_norm=False)),
    ("timm", "deit_tiny_patch16_224", SMALL),
    ("timm", "deit_tiny_distilled_patch16_224", SMALL),
    ("timm", "vit_tiny_r_s16_p8_224", dict(SMALL, num_heads=2)),
    ("timm", "vit_small_r26_s32_224", dict(SMALL, num_heads=2)),
    ("timm", "vit_base_r50_s16_224", dict(SMALL, num_heads=2)),
    ("timm", "mixer_b16_224", dict(img_size=64, num_classes=7)),
    # With timm's own head: of 1,000 classes they would be taken for Google's, with their GELU.
    ("timm", "vit_tiny_patch16_224", dict(num_classes=7)),
    ("timm", "deit_tiny_distilled_patch16_224", {}),
    ("hf", "ViTForImageClassification", dict(model_type="vit")),
    ("hf", "ViTForImageClassification", dict(model_type="vit", hidden_act="gelu_pytorch_tanh", layer_norm_eps=1e-6)),
    ("hf", "ViTModel", dict(model_type="vit")),
    ("hf", "DeiTForImageClassification", dict(model_type="deit")),
    ("hf", "DeiTForImageClassificationWithTeacher", dict(model_type="deit")),
    ("hf sharded", "ViTForImageClassification", dict(model_type="vit")),
]
HF_SMALL = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, image_size=64,
                patch_size=16, num_labels=7)
READ_TOLERANCE = 5e-5


def vitrine(*args: str) -> str:
    run = subprocess.run(["node", str(ROOT / "bin/vitrine.js"), *args], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"vitrine {' '.join(args)}: {run.stderr.strip()}")
    return run.stdout


def logits_of(checkpoint: pathlib.Path, images: np.ndarray, work: pathlib.Path) -> np.ndarray:
    np.save(work / "images.npy", images)
    vitrine("logits", str(checkpoint), str(work / "images.npy"), "--output", str(work / "logits.npy"))
    return np.load(work / "logits.npy")


def run_library(library: str, model: torch.nn.Module, images: np.ndarray) -> np.ndarray:
    model.eval()
    with torch.no_grad():
        out = model(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))
    if library == "timm":
        return out.numpy()
    return (out.pooler_output if "pooler_output" in out else out.logits).numpy()


def load_export(library: str, folder: pathlib.Path) -> torch.nn.Module:
    if library == "hf":
        return transformers.AutoModelForImageClassification.from_pretrained(folder)
    return timm.create_model(f"local-dir:{folder}", pretrained=True)


def written(case: str, library: str, work: pathlib.Path) -> float:
    checkpoint = GOLDENS / case / "checkpoint.npz"
    images = np.load(GOLDENS / case / "input.npz")["images"]
    vitrine("export", str(checkpoint), "--to", library, "--output", str(work / "export"))
    got = run_library(library, load_export(library, work / "export"), images)
    return float(np.abs(got - logits_of(checkpoint, images, work)).max())


def make(library: str, name: str, options: dict) -> torch.nn.Module:
    torch.manual_seed(0)
    if library == "timm":
        model = timm.create_model(name, pretrained=False, **options)
    else:
        fields = {**HF_SMALL, **options}
        config = transformers.AutoConfig.for_model(fields.pop("model_type"), **fields)
        model = getattr(transformers, name)(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return model


def read(library: str, name: str, options: dict, work: pathlib.Path) -> float:
    model = make(library.split()[0], name, options)
    folder = work / "model"
    if library == "timm":
        timm_hub.save_for_hf(model, folder, model_args=options or None, safe_serialization=True)
        size = options.get("img_size", 224)
    else:
        model.save_pretrained(folder, max_shard_size="100KB" if "sharded" in library else "5GB")
        size = HF_SMALL["image_size"]
    images = np.random.default_rng(0).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    return float(np.abs(run_library(library.split()[0], model, images) - logits_of(folder, images, work)).max())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    jobs = [(f"written for {library}: {case}", tolerance, lambda w, c=case, t=library: written(c, t, w))
            for case, library, tolerance in WRITTEN]
    jobs += [(f"read from {library}: {name} {json.dumps(options)}", READ_TOLERANCE,
              lambda w, l=library, n=name, o=options: read(l, n, o, w)) for library, name, options in READ]
    failed = 0
    print(json.dumps({"timm": timm.__version__, "transformers": transformers.__version__, "torch": torch.__version__}))
    for what, tolerance, job in jobs:
        if args.only not in what:
            continue
        with tempfile.TemporaryDirectory() as work:
            try:
                difference, error = job(pathlib.Path(work)), None
            except Exception as caught:  # the next job runs all the same
                difference, error = float("inf"), str(caught)
        ok = difference <= tolerance
        failed += not ok
        if args.json:
            print(json.dumps({"what": what, "difference": difference if error is None else None, "tolerance": tolerance,
                              "pass": ok, "error": error}))
        else:
            print(f"{what}  {difference:.1e}, tolerance {tolerance:.0e}  {'pass' if ok else 'FAIL'} {error or ''}".rstrip(),
                  flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
