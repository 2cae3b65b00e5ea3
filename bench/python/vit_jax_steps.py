"""Ti/16 by vit_jax's own model on JAX, on the CPU, with the update its training makes.

`vit_jax_steps.py FOLDER`, a checkout of google-research/vision_transformer; tasks: train, forward.
Only the model's file is imported: the package's data pipeline would load TensorFlow as well.
"""

import platform
import sys
import types

import flax
import jax
import jax.numpy as jnp
import optax

from serve import serve

sys.path.insert(0, sys.argv[1])
from vit_jax.models_vit import VisionTransformer  # noqa: E402

BATCH = 8
model = VisionTransformer(
    num_classes=1000,
    patches=types.SimpleNamespace(size=(16, 16)),
    transformer=dict(mlp_dim=768, num_heads=3, num_layers=12, dropout_rate=0.0, attention_dropout_rate=0.0),
    hidden_size=192,
    classifier="token",
)
images = jax.random.uniform(jax.random.PRNGKey(0), (BATCH, 224, 224, 3), minval=-1.0)
labels = jax.nn.one_hot(jnp.arange(BATCH), 1000)
params = model.init(jax.random.PRNGKey(1), images, train=False)["params"]
optimizer = optax.chain(
    optax.clip_by_global_norm(1.0), optax.sgd(0.01, momentum=0.9, accumulator_dtype="bfloat16")
)
state = optimizer.init(params)


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


def forward(count):
    for _ in range(count):
        predict(params, images).block_until_ready()
    return count * BATCH


def train(count):
    global params, state
    for _ in range(count):
        params, state, value = update(params, state, images, labels)
        value.block_until_ready()
    return count * BATCH


forward(1)
train(1)
versions = {"jax": jax.__version__, "flax": flax.__version__, "optax": optax.__version__}
serve({**versions, "Python": platform.python_version()}, {"train": train, "forward": forward})
