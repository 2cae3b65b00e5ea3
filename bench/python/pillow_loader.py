"""Training images from JPEG files by Pillow, in one process. `pillow_loader.py FOLDER`; task: pillow."""

import os
import random
import sys

import numpy
import PIL
from PIL import Image

from serve import serve

WIDTH, HEIGHT, RESOLUTION = 500, 375, 224
files = [os.path.join(sys.argv[1], name) for name in sorted(os.listdir(sys.argv[1]))]


def random_box():
    while True:
        area = random.uniform(0.05, 1) * WIDTH * HEIGHT
        aspect = random.uniform(0.75, 1.33)
        width, height = round((area * aspect) ** 0.5), round((area / aspect) ** 0.5)
        if width <= WIDTH and height <= HEIGHT:
            left, top = random.randint(0, WIDTH - width), random.randint(0, HEIGHT - height)
            return left, top, left + width, top + height


def load(path):
    image = Image.open(path).convert("RGB")
    image = image.resize((RESOLUTION, RESOLUTION), Image.BILINEAR, box=random_box())
    if random.random() < 0.5:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    return (numpy.asarray(image, numpy.float32) - 127.5) / 127.5


def pillow(count):
    for _ in range(count):
        for path in files:
            load(path)
    return count * len(files)


serve({"Pillow": PIL.__version__}, {"pillow": pillow})
