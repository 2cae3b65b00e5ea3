"""Small Parquet files as Hugging Face's `datasets` keeps image data. Run once with pyarrow 26.0.1: python make.py"""

import json
import struct
import zlib

import pyarrow as pa
import pyarrow.parquet as pq


def png(r, g, b):
  def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
  header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
  rows = (b"\0" + bytes([r, g, b]) * 2) * 2
  return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write(path, rows, **options):
  features = {"image": {"_type": "Image"}, "label": {"names": ["zebra", "ant"], "_type": "ClassLabel"}}
  image = pa.array(
      [{"bytes": png(i, 10 * i, 200), "path": f"{i}.png"} for i, _ in rows],
      pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
  table = pa.table({"image": image, "label": pa.array([label for _, label in rows], pa.int64())})
  table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
  pq.write_table(table, path, **options)


write("train-00000-of-00002.parquet", [(0, 0), (1, 1), (2, 1)], compression="snappy", row_group_size=2)
write("train-00001-of-00002.parquet", [(3, 0)], compression="zstd")
write("test-00000-of-00001.parquet", [(4, 1), (5, -1)], compression="none")
pq.write_table(pa.table({"text": ["a"], "label": [0]}), "no-image.parquet")
