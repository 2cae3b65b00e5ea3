"""A model's step by vit_jax's own model on JAX, on the CPU, with the update its training makes.

`vit_jax_steps.py FOLDER WIDTH MLP_DIM HEADS BATCH train|forward`; FOLDER is a checkout of
google-research/vision_transformer. Task: step. Only the model's file is imported: the package's data pipeline would load
TensorFlow as well.
"""

import platform
import sys
import time
import types

import flax
import jax
import jax.numpy as jnp
import optax

from serve import serve

sys.path.insert(0, sys.argv[1])
from vit_jax.models_vit import VisionTransformer  # noqa: E402

width, mlp_dim, heads, batch = (int(text) for text in sys.argv[2:6])
task = sys.argv[6]
start = time.perf_counter()
model = VisionTransformer(
    num_classes=1000,
    patches=types.SimpleNamespace(size=(16, 16)),
    transformer=dict(mlp_dim=mlp_dim, num_heads=heads, num_layers=12, dropout_rate=0.0, attention_dropout_rate=0.0),
    hidden_size=width,
    classifier="token",
)
images = jax.random.uniform(jax.random.PRNGKey(0), (batch, 224, 224, 3), minval=-1.0)
labels = jax.nn.one_hot(jnp.arange(batch), 1000)
params = jax.jit(lambda key: model.init(key, images, train=False)["params"])(jax.random.PRNGKey(1))
optimizer = optax.chain(
    optax.clip_by_global_norm(1.0), optax.sgd(0.01, momentum=0.9, accumulator_dtype="bfloat16")
)
state = optimizer.init(params) if task == "train" else None


@jax.jit
def predict(params, images):
    return model.apply({"params": params}, images, train=False)


def update(params, state, images, labels):
    def loss(params):
        logits = model.apply({"params": params}, images, train=True, rngs={"dropout": jax.random.PRNGKey(2)})
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * labels, axis=-1))

    value, gradients = jax.value_and_grad(loss)(params)
    updates, state = optimizer.update(gradients, state, params)
    return optax.apply_updates(params, updates), state, value


update = jax.jit(update, donate_argnums=(0, 1))  # vit_jax gives its old parameters away as well


def step(count):
    global params, state
    for _ in range(count):
        if task == "forward":
            predict(params, images).block_until_ready()
        else:
            params, state, value = update(params, state, images, labels)
            value.block_until_ready()
    return count * batch


step(1)
versions = {"jax": jax.__version__, "flax": flax.__version__, "optax": optax.__version__}
serve({**versions, "Python": platform.python_version()}, {"step": step}, first_step=time.perf_counter() - start)
