"""Made what is in this folder, with flax 0.12.8, orbax-checkpoint 0.12.8, tensorstore 0.1.86, jax 0.10.2, numpy 2.4.6:
python make.py (in this folder). arrays.npz holds the numbers that the others must give.
"""
import pathlib
import shutil

import flax
import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import tensorstore as ts
from flax import serialization

here = pathlib.Path(__file__).resolve().parent
grid = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8 - 1
weights = {
    "scalar": np.array(3.5, np.float32),
    "kernel": grid,
    "float16": np.array([1.5, -2, 6e-8, 65504], np.float16),
    "bfloat16": jnp.array([1.0, -2.0, 0.1], jnp.bfloat16),
    "float64": np.array([0.1, -2.5]),
    "cut": np.arange(35, dtype=np.float32).reshape(5, 7) - 17,
}
np.savez(here / "arrays.npz", **{name: np.asarray(value, np.float32) for name, value in weights.items()})

serialization.MAX_CHUNK_SIZE = 50  # bytes: "cut" and "kernel" are cut in pieces
state = {
    "params": {"block": weights, "empty": np.zeros((0, 4), np.float32)},
    "opt_state": {"0": {}, "1": {"count": jnp.array(7, jnp.int32)}, "2": None},
    "step": 7,
    "more": {"int": np.int64(2**40), "bool": True, "complex": 1 + 2j, "flag": np.bool_(False), "text": "né",
             "negative": -3, "large": 2**33, "real": 0.5, "integers": np.arange(3), "wave": np.ones(2, np.complex64)},
}
(here / "state.msgpack").write_bytes(serialization.msgpack_serialize(state))

tree = {"params": {"block": weights}, "opt_state": ({}, {"count": jnp.array(7, jnp.int32)}), "step": 7}
args = jax.tree.map(lambda x: ocp.SaveArgs(chunk_byte_size=50), tree)
for name, handler in {
    "ocdbt": ocp.PyTreeCheckpointHandler(),
    "zarr": ocp.PyTreeCheckpointHandler(use_ocdbt=False),
    "zarr3": ocp.PyTreeCheckpointHandler(use_zarr3=True),
}.items():
    shutil.rmtree(here / name, ignore_errors=True)
    ocp.Checkpointer(handler).save(here / name, tree, save_args=args)
    (here / name / "commit_success.txt").unlink()  # names this folder

# As checkpoints of 2022 have it, and the other byte order.
for name, dtype, compressor in (("gzip", "<f4", {"id": "gzip", "level": 1}), ("big", ">f4", None)):
    folder = here / "zarr" / f"other.{name}"
    spec = {"driver": "zarr", "kvstore": {"driver": "file", "path": str(folder)},
            "metadata": {"shape": [2, 3, 4], "chunks": [2, 2, 4], "dtype": dtype, "compressor": compressor}}
    ts.open(spec, create=True, delete_existing=True).result().write(grid).result()
