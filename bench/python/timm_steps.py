"""Ti/16 by timm on PyTorch, on the CPU. `timm_steps.py THREADS eager|compile`; tasks: train, forward."""

import platform
import sys

import torch

# A torchvision built for CUDA registers operators that a CPU build of PyTorch doesn't have; timm needs none of them.
_register_fake = torch.library.register_fake


def _register_known(name, *args, **kwargs):
    if isinstance(name, str) and name.startswith("torchvision::"):
        return lambda function: function
    return _register_fake(name, *args, **kwargs)


torch.library.register_fake = _register_known

import timm  # noqa: E402

from serve import serve  # noqa: E402

BATCH = 8
threads, mode = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(threads)
torch.manual_seed(0)
images = torch.rand(BATCH, 3, 224, 224) * 2 - 1
labels = torch.arange(BATCH)


def model():
    made = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=1000)
    return torch.compile(made) if mode == "compile" else made


inference, training = model().eval(), model().train()
optimizer = torch.optim.SGD(training.parameters(), lr=0.01, momentum=0.9)


def forward(count):
    with torch.inference_mode():
        for _ in range(count):
            inference(images).sum().item()
    return count * BATCH


def train(count):
    for _ in range(count):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(training(images), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(training.parameters(), 1.0)
        optimizer.step()
        loss.item()
    return count * BATCH


forward(1)
train(1)
versions = {"torch": torch.__version__, "timm": timm.__version__, "Python": platform.python_version()}
serve(versions, {"train": train, "forward": forward})
