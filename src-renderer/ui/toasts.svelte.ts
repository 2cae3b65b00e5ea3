export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'bad';
  /** Takes back what the toast tells of. */
  readonly undo?: () => void | Promise<void>;
}

const SECONDS = 8;

/** Short messages at the foot, newest last. The newest one with an undo is what Ctrl/Cmd+Z takes back. */
class Toasts {
  #next = 0;
  list = $state.raw<readonly Toast[]>([]);

  show(text: string, options: { tone?: Toast['tone']; undo?: Toast['undo'] } = {}): void {
    const toast: Toast = {
      id: this.#next++,
      text,
      tone: options.tone ?? 'plain',
      ...(options.undo && { undo: options.undo }),
    };
    this.list = [...this.list.slice(-2), toast];
    setTimeout(() => this.dismiss(toast.id), SECONDS * 1000);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  /** False where there is nothing to take back. */
  undoLast(): boolean {
    const last = this.list.findLast((toast) => toast.undo);
    if (!last) return false;
    this.dismiss(last.id);
    void last.undo!();
    return true;
  }
}

export const toasts = new Toasts();
