"""Compares Vitrine's images, to the value, with those of Pillow under torchvision (timm's transform) and transformers.

    python bench/python/prepared_images.py

Needs torch, torchvision, timm, transformers, numpy and Pillow 13, and Vitrine's own `npm ci`. Random images of many
sizes are prepared by timm's create_transform and by the image processors of transformers from their JSON files, and by
Vitrine from the same JSON; prints the largest absolute difference of each; exit 1 where one is beyond 2e-6.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image

# A torchvision for CUDA beside a PyTorch for CPUs breaks the import of timm; nothing of it is used here.
_register_fake = torch.library.register_fake
torch.library.register_fake = lambda name, *args, **kwargs: (
    (lambda f: f) if name.startswith("torchvision::") else _register_fake(name, *args, **kwargs)
)

import timm.data  # noqa: E402
import transformers  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = ROOT / "node_modules/.bin/node"
TOLERANCE = 2e-6

IMAGENET = dict(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
HALF = dict(mean=[0.5] * 3, std=[0.5] * 3)
TIMM = [
    dict(input_size=[3, size, size], interpolation=interpolation, crop_pct=crop, crop_mode=mode, **values)
    for size in (32, 33)
    for interpolation in ("nearest", "bilinear", "bicubic", "lanczos")
    for crop, mode in ((0.875, "center"), (0.9, "center"), (1.0, "center"), (0.95, "squash"), (1.0, "squash"))
    for values in (IMAGENET, HALF)
]
SQUARE = dict(height=36, width=36)
HF = [
    dict(image_processor_type="ViTImageProcessor", size=dict(height=32, width=32), resample=2),
    dict(image_processor_type="ViTImageProcessor", size=dict(height=30, width=33), resample=3,
         image_mean=IMAGENET["mean"], image_std=IMAGENET["std"]),
    dict(image_processor_type="ViTImageProcessor", size=dict(height=32, width=32), do_normalize=False),
    dict(image_processor_type="ViTImageProcessor", size=dict(height=32, width=32), rescale_factor=1 / 127.5),
    dict(image_processor_type="DeiTImageProcessor", size=SQUARE, crop_size=dict(height=32, width=32), resample=3,
         image_mean=IMAGENET["mean"], image_std=IMAGENET["std"]),
    dict(image_processor_type="DeiTImageProcessor", size=SQUARE, crop_size=dict(height=33, width=31), resample=1),
    dict(image_processor_type="DeiTImageProcessor", size=SQUARE, crop_size=dict(height=41, width=39)),
    dict(image_processor_type="DeiTImageProcessor", size=SQUARE, do_center_crop=False),
    dict(image_processor_type="DeiTImageProcessor"),
    dict(image_processor_type="CLIPImageProcessor", size=dict(shortest_edge=37), crop_size=32),
    dict(image_processor_type="CLIPImageProcessor", size=dict(shortest_edge=30), crop_size=dict(height=35, width=30)),
]


def images(rng):
    for height, width in [(61, 97), (97, 61), (5, 3), (200, 40), (40, 200), (33, 33), (256, 171), (1, 9), (375, 500)]:
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        yield np.where(rng.random((height, width, 1)) < 0.5, pixels, 255 * (pixels > 127)).astype(np.uint8)


def by_timm(config, image):
    transform = timm.data.create_transform(
        **{**config, "input_size": tuple(config["input_size"])}, is_training=False
    )
    return transform(image).numpy().transpose(1, 2, 0)


def by_transformers(config, image):
    fields = {key: value for key, value in config.items() if key != "image_processor_type"}
    processor = getattr(transformers, config["image_processor_type"])(**fields)
    return processor(image, return_tensors="np", input_data_format="channels_last")["pixel_values"][0].transpose(1, 2, 0)


def main():
    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        paths, pixels = [], []
        for i, image in enumerate(images(rng)):
            paths.append(str(folder / f"{i}.png"))
            pixels.append(Image.fromarray(image))
            pixels[-1].save(paths[-1])
        cases = [("timm", config) for config in TIMM] + [("transformers", config) for config in HF]
        request = {"images": paths, "cases": [{"library": name, "config": config} for name, config in cases]}
        (folder / "request.json").write_text(json.dumps(request))
        command = [NODE, ROOT / "bench/prepared-images.ts", folder / "request.json"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(run.stderr)
        worst = {}
        for k, (library, config) in enumerate(cases):
            for i, image in enumerate(pixels):
                expected = (by_timm if library == "timm" else by_transformers)(config, image)
                got = np.fromfile(folder / f"{k}-{i}.f32", np.float32).reshape(expected.shape)
                difference = float(np.abs(got - expected).max())
                if difference > TOLERANCE:
                    print(f"{library} {json.dumps(config)}, {image.size}: {difference:.2e}")
                worst[library] = max(worst.get(library, 0), difference)
    for library, difference in worst.items():
        count = sum(name == library for name, _ in cases)
        print(f"{library}: {count} ways, {len(paths)} images, largest difference {difference:.2e}")
    print(f"Pillow {Image.__version__}, tolerance {TOLERANCE:.0e}")
    sys.exit(max(worst.values()) > TOLERANCE)


main()
