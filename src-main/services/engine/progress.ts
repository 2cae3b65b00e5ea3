/** One event of an installation. */
export interface InstallProgress {
  step: 'check' | 'download' | 'unpack' | 'compile' | 'verify' | 'done';
  /** What is being worked on, as one line. */
  message: string;
  /** Bytes, where the step counts them. */
  done?: number;
  total?: number;
}
