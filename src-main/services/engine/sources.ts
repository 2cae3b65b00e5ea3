/** The TensorFlow that Vitrine is built and tested against. */
export const TENSORFLOW_VERSION = '2.21.0';
/** Any CPython for which the wheel exists: nothing in it that is Python's is used. */
const PYTHON_VERSION = '3.12';

export const VARIANTS = ['gpu', 'cpu'] as const;
export type EngineVariant = (typeof VARIANTS)[number];

/** Where an engine comes from. Sizes are of 2.21.0, rounded up. */
export interface EngineSource {
  variant: EngineVariant;
  id: string;
  /** pip's name of the package that holds the library. */
  package: string;
  /** Platform tags for pip, the most exact first. */
  platforms: string[];
  /** Free space it takes while it is being installed, and after, in bytes. */
  needs: { during: number; after: number };
  /** What is fetched, in bytes. */
  download: number;
  libraries: { cc: string; framework: string };
}

const LINUX_LIBRARIES = { cc: 'libtensorflow_cc.so.2', framework: 'libtensorflow_framework.so.2' };
const MAC_LIBRARIES = { cc: 'libtensorflow_cc.2.dylib', framework: 'libtensorflow_framework.2.dylib' };
const GB = 1e9;

/** TensorFlow's wheels, by platform and what they compute on. */
const SOURCES: Record<string, Omit<EngineSource, 'id'>> = {
  'linux-x64 cpu': {
    variant: 'cpu',
    package: 'tensorflow-cpu',
    platforms: ['manylinux_2_27_x86_64', 'manylinux2014_x86_64', 'manylinux_2_17_x86_64'],
    needs: { during: 2.2 * GB, after: 0.9 * GB },
    download: 0.28 * GB,
    libraries: LINUX_LIBRARIES,
  },
  'linux-x64 gpu': {
    variant: 'gpu',
    package: 'tensorflow',
    platforms: ['manylinux_2_27_x86_64', 'manylinux2014_x86_64', 'manylinux_2_17_x86_64'],
    needs: { during: 9 * GB, after: 6 * GB },
    download: 3.5 * GB,
    libraries: LINUX_LIBRARIES,
  },
  'linux-arm64 cpu': {
    variant: 'cpu',
    package: 'tensorflow',
    platforms: ['manylinux_2_27_aarch64', 'manylinux2014_aarch64', 'manylinux_2_17_aarch64'],
    needs: { during: 2.2 * GB, after: 0.9 * GB },
    download: 0.28 * GB,
    libraries: LINUX_LIBRARIES,
  },
  'darwin-arm64 cpu': {
    variant: 'cpu',
    package: 'tensorflow',
    platforms: ['macosx_12_0_arm64', 'macosx_11_0_arm64'],
    needs: { during: 2.2 * GB, after: 0.9 * GB },
    download: 0.25 * GB,
    libraries: MAC_LIBRARIES,
  },
};

/** Where this machine's engine comes from; undefined where TensorFlow has no wheel for it. */
export function sourceOf(
  variant: EngineVariant,
  platform = `${process.platform}-${process.arch}`,
): EngineSource | undefined {
  const source = SOURCES[`${platform} ${variant}`];
  return source && { ...source, id: `tensorflow-${TENSORFLOW_VERSION}-${variant}` };
}

export function isSupported(variant: EngineVariant): boolean {
  return sourceOf(variant) !== undefined;
}

/** pip's arguments that choose a wheel for this platform whatever Python runs pip. */
export function wheelArguments(platforms: string[]): string[] {
  return [
    '--no-deps',
    '--only-binary=:all:',
    `--python-version=${PYTHON_VERSION}`,
    '--implementation=cp',
    ...platforms.map((platform) => `--platform=${platform}`),
  ];
}
