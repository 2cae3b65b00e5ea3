"""Loads a model.npz that Vitrine wrote into vit_jax and compares logits with those Vitrine gave.

    vitrine logits MODEL.npz INPUT.npy --output LOGITS.npy
    python bench/python/vit_jax_loads.py VISION_TRANSFORMER MODEL.npz INPUT.npy LOGITS.npy

VISION_TRANSFORMER is a checkout of google-research/vision_transformer; jax, flax, scipy and ml_collections are needed.
INPUT.npy is float32 [B, H, W, 3] in [-1, 1]. Prints the largest absolute difference; exit 1 above 1e-4.
"""

import importlib.machinery
import json
import sys
import types

import flax.training.checkpoints  # before the stand-ins below, which flax would take for TensorFlow
import jax
import ml_collections
import numpy as np


def stand_in(name: str, **attributes: object) -> None:
    """A module that vit_jax imports and this check doesn't need."""
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    for key, value in attributes.items():
        setattr(module, key, value)
    sys.modules[name] = module


def main(checkout: str, model_path: str, input_path: str, logits_path: str) -> int:
    gfile = types.SimpleNamespace(GFile=open)
    stand_in("tensorflow.io", gfile=gfile)
    stand_in("tensorflow", io=sys.modules["tensorflow.io"])
    stand_in("pandas", DataFrame=object)
    stand_in("tqdm")
    sys.path.insert(0, checkout)
    from vit_jax import checkpoint, models_vit

    params = checkpoint.load(model_path)
    encoder = params["Transformer"]
    depth = sum(name.startswith("encoderblock_") for name in encoder)
    block = encoder["encoderblock_0"]
    patch = params["embedding"]["kernel"].shape
    model = models_vit.VisionTransformer(
        num_classes=params["head"]["kernel"].shape[1],
        patches=ml_collections.ConfigDict({"size": patch[:2]}),
        hidden_size=patch[3],
        transformer={
            "mlp_dim": block["MlpBlock_0"]["Dense_0"]["kernel"].shape[1],
            "num_heads": block["MultiHeadDotProductAttention_0"]["query"]["kernel"].shape[1],
            "num_layers": depth,
            "dropout_rate": 0.0,
            "attention_dropout_rate": 0.0,
        },
        classifier="token" if "cls" in params else "gap",
    )
    got = np.asarray(model.apply({"params": params}, np.load(input_path), train=False))
    difference = float(np.abs(got - np.load(logits_path)).max())
    print(json.dumps({"jax": jax.__version__, "flax": flax.__version__, "shape": list(got.shape),
                      "largest_difference": difference, "tolerance": 1e-4, "pass": difference < 1e-4}))
    return 0 if difference < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
