"""Loads a model.npz that Vitrine wrote into timm and compares logits with those Vitrine gave.

    vitrine logits MODEL.npz INPUT.npy --output LOGITS.npy
    python bench/python/timm_loads.py MODEL.npz INPUT.npy LOGITS.npy

INPUT.npy is float32 [B, H, W, 3] in [-1, 1]. Prints the largest absolute difference; exit 1 above 1e-4.
timm needs act_layer='gelu_tanh' for AugReg weights: its default is the exact GELU.
"""

import json
import sys

import numpy as np
import torch

# The registry's torchvision is a CUDA build; timm only needs it to import.
_register_fake = torch.library.register_fake
torch.library.register_fake = lambda name, *args, **kwargs: (
    (lambda f: f) if name.startswith("torchvision::") else _register_fake(name, *args, **kwargs)
)

import timm  # noqa: E402
from timm.models.vision_transformer import VisionTransformer  # noqa: E402


def main(model_path: str, input_path: str, logits_path: str) -> int:
    weights = np.load(model_path)
    patch, _, _, width = weights["embedding/kernel"].shape
    blocks = {k.split("/")[1] for k in weights.files if k.startswith("Transformer/encoderblock_")}
    query = weights["Transformer/encoderblock_0/MultiHeadDotProductAttention_1/query/kernel"]
    mlp = weights["Transformer/encoderblock_0/MlpBlock_3/Dense_0/kernel"]
    token = "cls" in weights.files
    images = np.load(input_path)
    model = VisionTransformer(
        img_size=images.shape[1:3],
        patch_size=patch,
        embed_dim=width,
        depth=len(blocks),
        num_heads=query.shape[1],
        mlp_ratio=mlp.shape[1] / width,
        num_classes=weights["head/kernel"].shape[1],
        class_token=token,
        global_pool="token" if token else "avg",
        fc_norm=False,
        act_layer="gelu_tanh",
    )
    model.load_pretrained(model_path)
    model.eval()
    with torch.no_grad():
        got = model(torch.from_numpy(images.transpose(0, 3, 1, 2).copy())).numpy()
    expected = np.load(logits_path)
    difference = float(np.abs(got - expected).max())
    print(json.dumps({"timm": timm.__version__, "torch": torch.__version__, "shape": list(got.shape),
                      "largest_difference": difference, "tolerance": 1e-4, "pass": difference < 1e-4}))
    return 0 if difference < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
