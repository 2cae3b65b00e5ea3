"""Made the .npz and .npy files of this folder, with numpy 2.4.6: python make.py (in this folder)."""
import io

import numpy as np

grid = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8 - 1
arrays = {
    'scalar': np.array(3.5, np.float32),
    'empty': np.zeros((0, 4), np.float32),
    'a/kernel': grid,
    'fortran': np.asfortranarray(grid),
    'big_endian': np.array([1.5, -7], '>f4'),
    'float64': np.array([0.1, -2.5]),
    'float16': np.array([1.5, -2, 6e-8, 65504, np.inf, -np.inf, np.nan], np.float16),
    'int64': np.array([[1, -2], [3, 2**40]]),
    'big_int16': np.array([-300, 7], '>i2'),
    'uint8': np.arange(6, dtype=np.uint8).reshape(2, 3),
    'uint16': np.array([0x3F80, 0xC000], np.uint16),
    'bool': np.array([True, False]),
    'bfloat16': np.array([0x3F80, 0xC000], np.uint16).view('V2'),
    'ünï': np.ones(1, np.float32),
}


class Pipe(io.RawIOBase):
    """Can't seek, so zipfile writes sizes in data descriptors."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


np.savez('stored.npz', **arrays)
np.savez_compressed('compressed.npz', **arrays)
with open('streamed.npz', 'wb') as file:
    np.savez(Pipe(file), **arrays)
np.savez('objects.npz', cls=np.ones(2, np.float32), config=np.array({'a': 1}, object))
np.savez('float32.npz', **{'b/kernel': grid, 'b/bias': grid[0, 0], 'scalar': np.array(3.5, np.float32), 'empty': np.zeros((0, 4), np.float32), 'ünï': np.ones(1, np.float32)})
np.save('grid.npy', grid)
np.savez_compressed('zeros.npz', zeros=np.zeros(100_000, np.float32))
