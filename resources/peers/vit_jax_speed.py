"""Speed of one of vit_jax's models on JAX: vit_jax_speed.py '{"folder", "model", "what", ...}' prints one line of JSON.

Only the models' files are imported: the package's data pipeline would load TensorFlow as well. `folder` is a checkout of
google-research/vision_transformer.
"""

import json
import resource
import sys
import time
import types

import flax
import jax
import jax.numpy as jnp
import optax

task = json.loads(sys.argv[1])
sys.path.insert(0, task["folder"])

config, batch, size, classes = task["config"], task["batch"], task["resolution"], task["numClasses"]
config["patches"] = types.SimpleNamespace(size=tuple(config["patches"]["size"]))
config.pop("model_name")
if "hidden_dim" in config:
    from vit_jax.models_mixer import MlpMixer as Model  # noqa: E402
else:
    from vit_jax.models_vit import VisionTransformer as Model  # noqa: E402

    if "resnet" in config:
        resnet = config["resnet"]
        config["resnet"] = types.SimpleNamespace(
            num_layers=tuple(resnet["num_layers"]), width_factor=resnet["width_factor"]
        )
model = Model(num_classes=classes, **config)
images = jax.random.uniform(jax.random.PRNGKey(0), (batch, size, size, 3), minval=-1.0)
labels = jax.nn.one_hot(jnp.arange(batch) % classes, classes)
start = time.perf_counter()
params = jax.jit(lambda key: model.init(key, images[:1], train=False)["params"])(jax.random.PRNGKey(1))
optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.01, momentum=0.9, accumulator_dtype="bfloat16"))
state = optimizer.init(params) if task["what"] == "train" else None


@jax.jit
def predict(params, images):
    return model.apply({"params": params}, images, train=False)


@jax.jit
def update(params, state, images, labels):
    def loss(params):
        logits = model.apply({"params": params}, images, train=True, rngs={"dropout": jax.random.PRNGKey(2)})
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * labels, axis=-1))

    value, gradients = jax.value_and_grad(loss)(params)
    updates, state = optimizer.update(gradients, state, params)
    return optax.apply_updates(params, updates), state, value


def step():
    global params, state
    if task["what"] == "forward":
        predict(params, images).block_until_ready()
        return
    params, state, value = update(params, state, images, labels)
    value.block_until_ready()


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
versions = {"jax": jax.__version__, "flax": flax.__version__, "optax": optax.__version__}
print(json.dumps({"firstSeconds": first, "seconds": seconds, "peakBytes": peak, "versions": versions}))
