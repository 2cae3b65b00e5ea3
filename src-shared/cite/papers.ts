/** A work to cite, enough for BibTeX. Names are as BibTeX wants them: "Family, Given". */
export interface Work {
  readonly key: string;
  readonly type: 'article' | 'inproceedings' | 'misc' | 'software';
  /** What in Vitrine comes from it. */
  readonly about: string;
  readonly title: string;
  readonly authors: readonly string[];
  readonly year: number | null;
  /** Journal or proceedings. */
  readonly venue?: string;
  readonly volume?: string;
  readonly pages?: string;
  readonly arxiv?: string;
  readonly doi?: string;
  readonly url?: string;
  readonly note?: string;
}

/** The works behind Vitrine's models, training and data, without Vitrine itself. */
export const PAPERS: readonly Work[] = [
  {
    key: 'dosovitskiy2020vit',
    type: 'inproceedings',
    about: 'the Vision Transformer and its fine-tuning',
    title: 'An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale',
    authors: [
      'Dosovitskiy, Alexey',
      'Beyer, Lucas',
      'Kolesnikov, Alexander',
      'Weissenborn, Dirk',
      'Zhai, Xiaohua',
      'Unterthiner, Thomas',
      'Dehghani, Mostafa',
      'Minderer, Matthias',
      'Heigold, Georg',
      'Gelly, Sylvain',
      'Uszkoreit, Jakob',
      'Houlsby, Neil',
    ],
    venue: 'ICLR',
    year: 2021,
    arxiv: '2010.11929',
  },
  {
    key: 'steiner2021augreg',
    type: 'article',
    about: 'the AugReg checkpoints',
    title: 'How to train your ViT? Data, Augmentation, and Regularization in Vision Transformers',
    authors: [
      'Steiner, Andreas',
      'Kolesnikov, Alexander',
      'Zhai, Xiaohua',
      'Wightman, Ross',
      'Uszkoreit, Jakob',
      'Beyer, Lucas',
    ],
    venue: 'arXiv preprint arXiv:2106.10270',
    year: 2021,
    arxiv: '2106.10270',
  },
  {
    key: 'tolstikhin2021mixer',
    type: 'article',
    about: 'MLP-Mixer',
    title: 'MLP-Mixer: An all-MLP Architecture for Vision',
    authors: [
      'Tolstikhin, Ilya',
      'Houlsby, Neil',
      'Kolesnikov, Alexander',
      'Beyer, Lucas',
      'Zhai, Xiaohua',
      'Unterthiner, Thomas',
      'Yung, Jessica',
      'Steiner, Andreas',
      'Keysers, Daniel',
      'Uszkoreit, Jakob',
      'Lucic, Mario',
      'Dosovitskiy, Alexey',
    ],
    venue: 'arXiv preprint arXiv:2105.01601',
    year: 2021,
    arxiv: '2105.01601',
  },
  {
    key: 'chen2021outperform',
    type: 'article',
    about: 'the SAM checkpoints',
    title: 'When Vision Transformers Outperform ResNets without Pretraining or Strong Data Augmentations',
    authors: ['Chen, Xiangning', 'Hsieh, Cho-Jui', 'Gong, Boqing'],
    venue: 'arXiv preprint arXiv:2106.01548',
    year: 2021,
    arxiv: '2106.01548',
  },
  {
    key: 'zhuang2022gsam',
    type: 'inproceedings',
    about: 'the GSAM checkpoints',
    title: 'Surrogate Gap Minimization Improves Sharpness-Aware Training',
    authors: [
      'Zhuang, Juntang',
      'Gong, Boqing',
      'Yuan, Liangzhe',
      'Cui, Yin',
      'Adam, Hartwig',
      'Dvornek, Nicha',
      'Tatikonda, Sekhar',
      'Duncan, James',
      'Liu, Ting',
    ],
    venue: 'ICLR',
    year: 2022,
    arxiv: '2203.08065',
  },
  {
    key: 'zhai2022lit',
    type: 'inproceedings',
    about: 'LiT, image and text',
    title: 'LiT: Zero-Shot Transfer with Locked-image Text Tuning',
    authors: [
      'Zhai, Xiaohua',
      'Wang, Xiao',
      'Mustafa, Basil',
      'Steiner, Andreas',
      'Keysers, Daniel',
      'Kolesnikov, Alexander',
      'Beyer, Lucas',
    ],
    venue: 'CVPR',
    year: 2022,
    arxiv: '2111.07991',
  },
  {
    key: 'touvron2021deit',
    type: 'inproceedings',
    about: 'DeiT',
    title: 'Training data-efficient image transformers & distillation through attention',
    authors: [
      'Touvron, Hugo',
      'Cord, Matthieu',
      'Douze, Matthijs',
      'Massa, Francisco',
      'Sablayrolles, Alexandre',
      'Jégou, Hervé',
    ],
    venue: 'ICML',
    year: 2021,
    arxiv: '2012.12877',
  },
  {
    key: 'alpaydin1998digits',
    type: 'misc',
    about: 'the digits of the demo, CC BY 4.0',
    title: 'Optical Recognition of Handwritten Digits',
    authors: ['Alpaydin, E.', 'Kaynak, C.'],
    venue: 'UCI Machine Learning Repository',
    year: 1998,
    doi: '10.24432/C50P49',
  },
  {
    key: 'lecun1998mnist',
    type: 'article',
    about: 'the digits that the demo’s checkpoint was pre-trained on',
    title: 'Gradient-based learning applied to document recognition',
    authors: ['LeCun, Yann', 'Bottou, Léon', 'Bengio, Yoshua', 'Haffner, Patrick'],
    venue: 'Proceedings of the IEEE',
    volume: '86(11)',
    pages: '2278--2324',
    year: 1998,
    doi: '10.1109/5.726791',
  },
];

/** Vitrine itself, in the version at hand. */
export function vitrineItself(version: string): Work {
  return {
    key: 'vitrine',
    type: 'software',
    about: 'this program',
    title: 'Vitrine: a desktop workbench for Vision Transformers',
    authors: ['{Vitrine contributors}'],
    year: null,
    note: `Version ${version}`,
  };
}
