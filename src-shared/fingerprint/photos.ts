/** The photographs in resources/photos, in the order they are fed. Another byte would be another fingerprint. */
export const PHOTOS = [
  { name: 'cat', file: 'cat.png', sha256: 'd058b6fa2700b6a909332bff62b8ce38c91a38a1bdc011aeb77559d9ca689495' },
  { name: 'coffee', file: 'coffee.png', sha256: '590cb7d102fdc0897e6e22f4280a8127288da47d57f9fb2e339ca6c46af425fe' },
  { name: 'rocket', file: 'rocket.png', sha256: '93527506b44a76a196075555593a2c84ef7cbb9e7f56a681a2fdbf9642a9ffbe' },
] as const;
