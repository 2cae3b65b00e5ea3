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
  /** What they take of the window's foot, px: nothing lies below them. */
  height = $state(0);
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(text: string, options: { tone?: Toast['tone']; undo?: Toast['undo'] } = {}): void {
    const toast: Toast = {
      id: this.#next++,
      text,
      tone: options.tone ?? 'plain',
      ...(options.undo && { undo: options.undo }),
    };
    this.list = [...this.list.slice(-2), toast];
    this.#count(toast.id);
  }

  /** While somebody reads or reaches for one, none goes. */
  hold(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  release(): void {
    for (const { id } of this.list) this.#count(id);
  }

  #count(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), SECONDS * 1000),
    );
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
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
