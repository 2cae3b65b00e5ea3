"""Writes what Pillow makes of a small picture, for ../augment/rand-augment.test.ts.

    python make_augment_ops.py > augment-ops.json      (Pillow 13.0.0)
"""

import json
import sys

import PIL
from PIL import Image, ImageEnhance, ImageOps

HEIGHT, WIDTH = 23, 31


def picture():
    data = bytes(
        (17 * y * (c + 1) + 5 * x * (3 - c) + (x * x * y) % 41) % 200 + 20 + 5 * c
        for y in range(HEIGHT)
        for x in range(WIDTH)
        for c in range(3)
    )
    return Image.frombytes("RGB", (WIDTH, HEIGHT), data)


def main():
    image = picture()
    fill = (128, 128, 128)
    moved = lambda data: image.transform(image.size, Image.Transform.AFFINE, data, Image.Resampling.NEAREST, fillcolor=fill)
    results = {
        "image": image,
        "autoContrast": ImageOps.autocontrast(image),
        "equalize": ImageOps.equalize(image),
        "invert": ImageOps.invert(image),
        "posterize 3 bits": ImageOps.posterize(image, 3),
        "solarize 100": ImageOps.solarize(image, 100),
        "brightness 1.7": ImageEnhance.Brightness(image).enhance(1.7),
        "color 0.3": ImageEnhance.Color(image).enhance(0.3),
        "contrast 1.6": ImageEnhance.Contrast(image).enhance(1.6),
        "sharpness 1.8": ImageEnhance.Sharpness(image).enhance(1.8),
        "translateX 7": moved((1, 0, 7, 0, 1, 0)),
        "translateY -4": moved((1, 0, 0, 0, 1, -4)),
        "rotate 180": image.rotate(180),
    }
    json.dump(
        {"pillow": PIL.__version__, "size": [HEIGHT, WIDTH], **{k: v.tobytes().hex() for k, v in results.items()}},
        sys.stdout,
        indent=0,
    )


main()
