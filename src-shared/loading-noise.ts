/**
 * Lines that TensorFlow's library writes to standard error while it loads whatever log level it is told. Whoever
 * shows a worker's standard error to people leaves them out.
 */
export function isLoadingNoise(line: string): boolean {
  return line.trim() === '' || /before absl::InitializeLog|oneDNN custom operations are on|^I0000 /.test(line);
}
