import protobuf from 'protobufjs';
import { maskedCrc } from '../../../../src-shared/crc32c.ts';

/** Files as TensorFlow Datasets and CIFAR's authors write them, for tests. */

const { root } = protobuf.parse(
  `syntax = "proto3";
   message BytesList { repeated bytes value = 1; }
   message FloatList { repeated float value = 1 [packed = true]; }
   message Int64List { repeated int64 value = 1 [packed = true]; }
   message Feature { oneof kind { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3; } }
   message Features { map<string, Feature> feature = 1; }
   message Example { Features features = 1; }`,
  { keepCase: true },
);
const Example = root.lookupType('Example');

export function example(features: Record<string, Uint8Array | number>): Uint8Array {
  const feature = Object.fromEntries(
    Object.entries(features).map(([name, value]) => [
      name,
      typeof value === 'number' ? { int64_list: { value: [value] } } : { bytes_list: { value: [value] } },
    ]),
  );
  return Example.encode(Example.fromObject({ features: { feature } })).finish();
}

/** Length, its masked CRC, data, the data's masked CRC; one record behind another. */
export function tfRecords(records: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    records.map((data) => {
      const bytes = Buffer.alloc(16 + data.length);
      bytes.writeBigUInt64LE(BigInt(data.length), 0);
      bytes.writeUInt32LE(maskedCrc(bytes.subarray(0, 8)), 8);
      bytes.set(data, 12);
      bytes.writeUInt32LE(maskedCrc(data), 12 + data.length);
      return bytes;
    }),
  );
}

/** What tfds writes beside the records: dataset_info.json, features.json, label.labels.txt. */
export function tfdsFiles(
  classNames: readonly string[],
  shards: Record<string, readonly number[]>,
): Record<string, string> {
  const splits = Object.entries(shards).map(([name, lengths]) => ({
    name,
    shardLengths: lengths.map(String),
    filepathTemplate: '{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}',
  }));
  const features = {
    image: {
      pythonClassName: 'tensorflow_datasets.core.features.image_feature.Image',
      image: { encodingFormat: 'jpeg' },
    },
    label: {
      pythonClassName: 'tensorflow_datasets.core.features.class_label_feature.ClassLabel',
      classLabel: { numClasses: String(classNames.length) },
    },
  };
  const pythonClassName = 'tensorflow_datasets.core.features.features_dict.FeaturesDict';
  return {
    'dataset_info.json': JSON.stringify({ name: 'pets', fileFormat: 'tfrecord', version: '1.0.0', splits }),
    'features.json': JSON.stringify({ pythonClassName, featuresDict: { features } }),
    'label.labels.txt': `${classNames.join('\n')}\n`,
  };
}

/** A batch of CIFAR: labels, then the planes [3, 32, 32] of each image; pixel p of image i is (7 i + p) mod 256. */
export function cifarBatch(labels: readonly (readonly number[])[]): Buffer {
  return Buffer.concat(
    labels.map((own, i) => Buffer.from([...own, ...Array.from({ length: 3072 }, (_, p) => (7 * i + p) & 0xff)])),
  );
}
