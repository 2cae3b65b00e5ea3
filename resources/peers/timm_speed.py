"""Speed of one of timm's models on PyTorch, on the CPU: timm_speed.py '{"name", "what", "batch", ...}' prints one line of JSON."""

import json
import resource
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

task = json.loads(sys.argv[1])
if task["threads"] is not None:
    torch.set_num_threads(task["threads"])
torch.manual_seed(0)
batch, size, classes = task["batch"], task["resolution"], task["numClasses"]
images = torch.rand(batch, 3, size, size) * 2 - 1
labels = torch.arange(batch) % classes
start = time.perf_counter()
model = timm.create_model(task["name"], pretrained=False, num_classes=classes, **task["options"])
model = model.train() if task["what"] == "train" else model.eval()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


def step():
    if task["what"] == "forward":
        with torch.inference_mode():
            model(images).sum().item()
        return
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()


step()
first = time.perf_counter() - start
for _ in range(task["warmup"]):
    step()
seconds, end = [], time.perf_counter() + task["maxSeconds"]
while len(seconds) < task["steps"] and (len(seconds) < 3 or time.perf_counter() < end):
    begin = time.perf_counter()
    step()
    seconds.append(time.perf_counter() - begin)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
versions = {"torch": torch.__version__, "timm": timm.__version__}
print(json.dumps({"firstSeconds": first, "seconds": seconds, "peakBytes": peak, "versions": versions}))
