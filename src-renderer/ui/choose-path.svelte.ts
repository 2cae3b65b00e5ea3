import type { FileKind } from '../../src-shared/contract/files.ts';
import { api } from '../window.ts';

interface Question {
  readonly kind: FileKind;
  readonly title: string;
  readonly answer: (path: string | null) => void;
}

/** The question that the chooser's dialog shows; null while nothing is asked. */
class PathQuestion {
  current = $state.raw<Question | null>(null);

  answer(path: string | null): void {
    const { current } = this;
    this.current = null;
    current?.answer(path);
  }
}

export const pathQuestion = new PathQuestion();

let desktop: Promise<boolean> | null = null;

/**
 * Asks for a folder or a file of the machine that computes: with the system's dialog on a desktop, with Vitrine's own in
 * a browser. Null when nothing was chosen.
 */
export async function choosePath(kind: FileKind, title: string): Promise<string | null> {
  desktop ??= api.desktop.status().then(({ available }) => available);
  if (await desktop) return (await api.desktop.choose({ kind, title })).path;
  return new Promise((answer) => (pathQuestion.current = { kind, title, answer }));
}
