"""Writes the cases bench/goldens/flax/*: what vit_jax's training leaves in its workdir, to go on from.

    python bench/python/vit_jax_workdir.py VISION_TRANSFORMER bench/goldens CASE STEP msgpack|orbax

VISION_TRANSFORMER is a checkout of google-research/vision_transformer; jax, flax, optax, orbax-checkpoint,
ml_collections, einops and packaging are needed.
CASE is a case of kind training_run, e.g. train/run_vit_tiny16. vit_jax's own make_update_fn runs it for STEP updates;
flax writes the checkpoint as vit_jax does; the rest of the run starts from what flax reads back, and what it gives is
held against the case. msgpack: flax's own file, as it wrote until 2023; orbax: the folder it writes since then.
Files: checkpoint_STEP, case.json. manifest.json is written anew.
"""

import hashlib
import importlib.machinery
import json
import pathlib
import shutil
import sys
import types

import flax
from flax.training import checkpoints  # before the stand-ins below, which flax would take for TensorFlow
import jax
import ml_collections
import numpy as np
import optax


class Anything(types.ModuleType):
    """A module that vit_jax imports and training doesn't need."""

    def __init__(self, name: str):
        super().__init__(name)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return object


def nested(flat: dict) -> dict:
    tree: dict = {}
    for name, value in flat.items():
        node = tree
        *parents, leaf = name.split("/")
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = value
    return tree


def main(checkout: str, goldens: str, source: str, at: str, layout: str) -> int:
    for name in ("clu", "clu.metric_writers", "clu.periodic_actions", "tensorflow", "tensorflow.io", "pandas", "tqdm",
                 "tensorflow_datasets", "tensorflow_text", "flaxformer", "flaxformer.architectures",
                 "flaxformer.architectures.bert", "flaxformer.architectures.bert.bert",
                 "flaxformer.architectures.bert.configs"):
        sys.modules[name] = Anything(name)
    for name in ("input_pipeline", "models"):
        sys.modules[f"vit_jax.{name}"] = Anything(f"vit_jax.{name}")
    sys.path.insert(0, checkout)
    from vit_jax import models_vit, models_mixer, train, utils
    for name in [name for name in sys.modules if name.startswith("tensorflow")]:
        del sys.modules[name]  # einops asks whether it is loaded

    root = pathlib.Path(goldens).resolve()
    case = json.loads((root / source / "case.json").read_text())
    config = ml_collections.ConfigDict(case["config"])
    split = int(at)
    kind = {"ViT": models_vit.VisionTransformer, "Mixer": models_mixer.MlpMixer}[config.model_type]
    model = kind(num_classes=config.num_classes, **config.model)
    optimizer = optax.chain(
        optax.clip_by_global_norm(config.grad_norm_clip),
        optax.sgd(
            learning_rate=utils.create_learning_rate_schedule(
                config.total_steps, config.base_lr, config.decay_type, config.warmup_steps),
            momentum=0.9,
            accumulator_dtype="bfloat16",
        ),
    )
    update = train.make_update_fn(apply_fn=model.apply, accum_steps=config.accum_steps, tx=optimizer)
    batch = {name: value[None] for name, value in np.load(root / source / "batch.npz").items()}
    batch = {"image": batch["images"], "label": batch["labels"]}
    trajectory = json.loads((root / source / "trajectory.json").read_text())

    def run(params, state, steps):
        params, state = flax.jax_utils.replicate((params, state))
        key = flax.jax_utils.replicate(jax.random.PRNGKey(0))
        losses = []
        for _ in range(steps):
            params, state, loss, key = update(params, state, batch, key)
            losses.append(float(loss[0]))
        return *flax.jax_utils.unreplicate((params, state)), losses

    init = nested(dict(np.load(root / source / "init.npz")))
    params, state, first = run(init, optimizer.init(init), split)

    folder = root / "flax" / f"{layout}_{source.split('/')[-1].removeprefix('run_')}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    flax.config.update("flax_use_orbax_checkpointing", layout == "orbax")
    path = pathlib.Path(checkpoints.save_checkpoint(folder.resolve(), (params, state, split), split, overwrite=True))

    restored = checkpoints.restore_checkpoint(folder.resolve(), (init, optimizer.init(init), 1))
    assert restored[2] == split
    params, state, rest = run(restored[0], restored[1], config.total_steps - split)
    final = nested({name.removeprefix("params/"): value for name, value in np.load(root / source / "final.npz").items()
                    if name.startswith("params/")})
    apart = jax.tree.map(lambda a, b: float(np.abs(np.asarray(a) - b).max()), params, final)
    observed = {
        "losses_vs_uninterrupted_max_abs": float(np.abs(np.array(first + rest) - trajectory["loss"]).max()),
        "final_params_vs_uninterrupted_max_abs": max(jax.tree.leaves(apart)),
    }
    for file in path.rglob("commit_success.txt"):
        file.unlink()  # it names the folder it was written in
    files = sorted(p for p in [path, *path.rglob("*")] if p.is_file())
    description = {
        "id": str(folder.relative_to(root)),
        "group": "flax",
        "name": folder.name,
        "kind": "vit_jax_workdir",
        "description": f"a vit_jax run stopped, to be continued from flax's checkpoint ({layout})",
        "files": {str(file.relative_to(folder)): {
            "description": f"(params, opt_state, step) as vit_jax stores it after step {split}",
            "bytes": file.stat().st_size,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        } for file in files},
        "config": {"source_case": source, "step": split},
        "tolerance": case["tolerance"],
        "observed": observed,
        "notes": [f"Made by bench/python/vit_jax_workdir.py with jax {jax.__version__}, flax {flax.__version__}, "
                  f"optax {optax.__version__}; what follows step {split} is {source}'s own trajectory."],
    }
    (folder / "case.json").write_text(json.dumps(description, indent=1, ensure_ascii=False) + "\n")
    manifest_path = root / "manifest.json"
    manifest = json.loads(manifest_path.read_text())
    kept = [entry for entry in manifest["cases"] if entry["id"] != description["id"]]
    manifest["cases"] = sorted([*kept, description], key=lambda entry: entry["id"])
    manifest_path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False))
    print(json.dumps(observed))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
