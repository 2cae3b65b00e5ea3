"""Made pillow.json with Pillow 13.0.0 and numpy 2.4.6: python make_pillow.py (in this folder)."""
import base64
import json

import numpy as np
from PIL import Image

FILTERS = {'nearest': 0, 'lanczos': 1, 'bilinear': 2, 'bicubic': 3}
# Height and width before and after; of the last but one the height is resized first.
SIZES = [((9, 14), (5, 8)), ((3, 5), (11, 7)), ((7, 6), (7, 3)), ((23, 6), (6, 5)), ((1, 8), (4, 4))]

rng = np.random.default_rng(7)
cases = []
for before, after in SIZES:
    # Much of it black and white: the lobes of the kernels then go beyond both ends.
    pixels = np.clip(rng.normal(127, 200, (*before, 3)), 0, 255).astype(np.uint8)
    for name, number in FILTERS.items():
        resized = np.asarray(Image.fromarray(pixels).resize(after[::-1], number))
        text = {key: base64.b64encode(a.tobytes()).decode() for key, a in (('pixels', pixels), ('expected', resized))}
        cases.append({'resize': name, 'before': before, 'after': after, **text})
with open('pillow.json', 'w') as file:
    file.write(json.dumps(cases, indent=1) + '\n')
