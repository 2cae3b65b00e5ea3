"""Loads an exported SavedModel in TensorFlow's Python and compares its logits with expected ones.

  python savedmodel_runs.py EXPORTED_DIR INPUT.npz EXPECTED.npz

INPUT.npz holds `images`, EXPECTED.npz `logits` (or `output`). Both ways that TensorFlow has to open a SavedModel are
taken: tf.saved_model.load with its signature, and the session loader that TensorFlow Serving uses. Batches of 1, 2 and
5 images. Exit code 1 where a logit differs by more than 1e-4. Last run with tensorflow-cpu 2.21.0.
"""

import sys

import numpy as np
import tensorflow as tf

TOLERANCE = 1e-4


def main(exported: str, input_path: str, expected_path: str) -> int:
    images = np.load(input_path)["images"]
    arrays = np.load(expected_path)
    expected = arrays["logits"] if "logits" in arrays else arrays["output"]

    loaded = tf.saved_model.load(exported)
    signature = loaded.signatures["serving_default"]
    print("inputs", signature.structured_input_signature[1])
    print("outputs", signature.structured_outputs, "variables", len(loaded.variables))

    graph = tf.Graph()
    session = tf.compat.v1.Session(graph=graph)
    with graph.as_default():
        tf.compat.v1.saved_model.load(session, ["serve"], exported)

    worst = 0.0
    for batch in (1, 2, 5):
        rows = np.arange(batch) % len(images)
        by_signature = signature(images=tf.constant(images[rows]))["logits"].numpy()
        by_session = session.run("logits:0", {"images:0": images[rows]})
        for how, got in (("signature", by_signature), ("session", by_session)):
            difference = float(np.abs(got - expected[rows]).max())
            worst = max(worst, difference)
            print(f"batch {batch}, {how}: {got.shape}, largest difference {difference:.3g}")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
