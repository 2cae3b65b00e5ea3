"""A model's step by timm on PyTorch, on the CPU. `timm_steps.py THREADS eager|compile MODEL BATCH train|forward`.

MODEL is timm's name. Task: step.
"""

import platform
import sys
import time

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

threads, mode, name, batch, task = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
torch.set_num_threads(threads)
torch.manual_seed(0)
images = torch.rand(batch, 3, 224, 224) * 2 - 1
labels = torch.arange(batch)

start = time.perf_counter()
model = timm.create_model(name, pretrained=False, num_classes=1000)
model = model.train() if task == "train" else model.eval()
if mode == "compile":
    model = torch.compile(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


def forward():
    with torch.inference_mode():
        model(images).sum().item()


def train():
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()


once = train if task == "train" else forward


def step(count):
    for _ in range(count):
        once()
    return count * batch


step(1)
versions = {"torch": torch.__version__, "timm": timm.__version__, "Python": platform.python_version()}
serve(versions, {"step": step}, first_step=time.perf_counter() - start)
