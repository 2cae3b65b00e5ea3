"""Checks an exported ONNX model with ONNX's own checker and runs it in ONNX Runtime.

  python onnx_runs.py MODEL.onnx INPUT.npz EXPECTED.npz

INPUT.npz holds `images`, EXPECTED.npz `logits` (or `output`). Batches of 1, 2 and 5 images. Exit code 1 where a logit
differs by more than 1e-4. Last run with onnx 1.23.2 and onnxruntime 1.32.0.
"""

import sys

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-4


def main(model: str, input_path: str, expected_path: str) -> int:
    images = np.load(input_path)["images"]
    arrays = np.load(expected_path)
    expected = arrays["logits"] if "logits" in arrays else arrays["output"]
    onnx.checker.check_model(model, full_check=True)

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    for value in (*session.get_inputs(), *session.get_outputs()):
        print(value.name, value.type, value.shape)
    worst = 0.0
    for batch in (1, 2, 5):
        rows = np.arange(batch) % len(images)
        (got,) = session.run(["logits"], {"images": images[rows]})
        difference = float(np.abs(got - expected[rows]).max())
        worst = max(worst, difference)
        print(f"batch {batch}: {got.shape}, largest difference {difference:.3g}")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
