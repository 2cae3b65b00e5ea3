/** A file of a data set as its authors publish it. */
export interface NamedFile {
  url: string;
  /** Bytes and SHA-256 that tensorflow-datasets 4.9.10 publishes for this address (its checksums.tsv files). */
  size: number;
  sha256: string;
}

/** A data set that is known by name. */
export interface NamedDataset {
  title: string;
  /** Empty: it can't be fetched freely, and is prepared by the person. */
  files: readonly NamedFile[];
  homepage: string;
  /** As the authors state it. */
  licence: string;
  /** The work to cite. */
  citation: string;
  classes: number;
  /** Images by split. */
  splits: Readonly<Record<string, number>>;
  /** A sentence on its use. */
  note?: string;
}

const OXFORD = 'https://www.robots.ox.ac.uk/~vgg/data';
const PETS = 'https://thor.robots.ox.ac.uk/~vgg/data/pets';
const CIFAR = {
  homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  licence: 'none stated',
  citation: 'A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009',
  splits: { train: 50_000, test: 10_000 },
};

/** Addresses, sizes and sums: tensorflow-datasets 4.9.10; figures: its builders and the homepages. */
export const NAMED = {
  cifar10: {
    title: 'CIFAR-10',
    ...CIFAR,
    classes: 10,
    files: [
      {
        url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
        size: 170_052_171,
        sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
      },
    ],
  },
  cifar100: {
    title: 'CIFAR-100',
    ...CIFAR,
    classes: 100,
    files: [
      {
        url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
        size: 168_513_733,
        sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
      },
    ],
  },
  oxford_iiit_pet: {
    title: 'Oxford-IIIT Pet',
    homepage: 'https://www.robots.ox.ac.uk/~vgg/data/pets/',
    licence: 'CC BY-SA 4.0',
    citation: 'O. M. Parkhi, A. Vedaldi, A. Zisserman, C. V. Jawahar, "Cats and Dogs", CVPR 2012',
    classes: 37,
    splits: { train: 3680, test: 3669 },
    files: [
      {
        url: `${PETS}/images.tar.gz`,
        size: 791_918_971,
        sha256: '67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d',
      },
      {
        url: `${PETS}/annotations.tar.gz`,
        size: 19_173_078,
        sha256: '52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91',
      },
    ],
  },
  oxford_flowers102: {
    title: 'Oxford 102 Flowers',
    homepage: `${OXFORD}/flowers/102/`,
    licence: 'none stated',
    citation:
      'M.-E. Nilsback, A. Zisserman, "Automated Flower Classification over a Large Number of Classes", ICVGIP 2008',
    classes: 102,
    splits: { train: 1020, validation: 1020, test: 6149 },
    note: 'Its classes are numbered: the authors’ files hold no names.',
    files: [
      {
        url: `${OXFORD}/flowers/102/102flowers.tgz`,
        size: 344_862_509,
        sha256: '2d01ecc807db462958cfe3d92f57a8c252b4abd240eb955770201e45f783b246',
      },
      {
        url: `${OXFORD}/flowers/102/imagelabels.mat`,
        size: 502,
        sha256: '4903e94206bac23bf772aadf06451916df56b58fc483a62db32a97b82656651d',
      },
      {
        url: `${OXFORD}/flowers/102/setid.mat`,
        size: 14_989,
        sha256: '46b8678f91fd95d3c8f4feab80d271a6c834a1dd896fe29fd3e6ad9ce5c8dccd',
      },
    ],
  },
  tf_flowers: {
    title: 'TensorFlow’s flowers',
    homepage: 'https://www.tensorflow.org/tutorials/load_data/images',
    licence: 'CC BY, by several photographers (LICENSE.txt in the archive)',
    citation: 'The TensorFlow Team, "Flowers", 2019',
    classes: 5,
    splits: { train: 3670 },
    note: 'It has one split: train on --config.pp.train="train[:90%]" and test on --config.pp.test="train[90%:]".',
    files: [
      {
        url: 'https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz',
        size: 228_813_984,
        sha256: '4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c',
      },
    ],
  },
  imagenet_v2: {
    title: 'ImageNet-v2, matched frequency',
    homepage: 'https://github.com/modestyachts/ImageNetV2',
    licence: 'MIT for the project; the photographs are their owners’',
    citation:
      'B. Recht, R. Roelofs, L. Schmidt, V. Shankar, "Do ImageNet Classifiers Generalize to ImageNet?", ICML 2019',
    classes: 1000,
    splits: { test: 10_000 },
    note: 'A test split for models of ImageNet’s 1,000 classes.',
    files: [
      {
        url: 'https://huggingface.co/datasets/vaishaal/ImageNetV2/resolve/main/imagenetv2-matched-frequency.tar.gz',
        size: 1_264_079_360,
        sha256: 'f0c37fdf925916b19ea1323cd9a2208cdb6959ba2c32eef2a7fc393835c9ca7c',
      },
    ],
  },
  imagenet2012: {
    title: 'ImageNet, ILSVRC 2012',
    homepage: 'https://image-net.org/download.php',
    licence: 'for research, by the agreement at image-net.org',
    citation: 'O. Russakovsky and others, "ImageNet Large Scale Visual Recognition Challenge", IJCV 2015',
    classes: 1000,
    splits: { train: 1_281_167, validation: 50_000 },
    files: [],
    note: 'Fetch it from image-net.org, then give it: vitrine data add imagenet2012 --from FOLDER, with train/n01440764/…, val/n01440764/…, or the directory that tfds.builder("imagenet2012").download_and_prepare() has made.',
  },
} as const satisfies Record<string, NamedDataset>;

export type DatasetName = keyof typeof NAMED;

export function isDatasetName(text: string): text is DatasetName {
  return Object.hasOwn(NAMED, text);
}

/** What to do where the library hasn't got a data set. */
export function howToAdd(name: DatasetName): string {
  const { files, note } = { note: '', ...NAMED[name] };
  return files.length === 0
    ? note
    : `Add it first: "vitrine data add ${name} --yes" fetches it, "--from FOLDER" instead takes its authors' files from there.`;
}
