import { untrack } from 'svelte';

/** Something that a person can do now, by name or by key. */
export interface Action {
  readonly id: string;
  readonly text: string;
  /** Where it belongs, as a heading. */
  readonly group: string;
  /** A key alone ("s"), with the platform's command key ("mod+k"), or two in a row ("g r"); shown beside it. */
  readonly keys?: string;
  readonly run: () => void;
}

/** Every action that can be done now: views add theirs while they are shown. */
class Commands {
  #sets = $state.raw<readonly (readonly Action[])[]>([]);
  paletteOpen = $state(false);
  shortcutsOpen = $state(false);

  get all(): readonly Action[] {
    return this.#sets.flat();
  }

  /** Returns what takes them away again: the return value of an effect. */
  add(actions: readonly Action[]): () => void {
    // An effect adds them: it must not run again for what it has just changed.
    untrack(() => (this.#sets = [...this.#sets, actions]));
    return () => untrack(() => (this.#sets = this.#sets.filter((set) => set !== actions)));
  }

  /** The latest added wins: the view's key over the window's. */
  forKey(key: string): Action | undefined {
    return this.all.findLast((action) => action.keys === key);
  }
}

export const commands = new Commands();

/** The name of a key press as actions spell it, or null for one that types a text. */
export function keyOf(event: KeyboardEvent): string | null {
  const command = event.ctrlKey || event.metaKey;
  if (event.altKey || event.isComposing) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (command) return `mod+${event.shiftKey ? 'shift+' : ''}${key}`;
  return isTyping(event.target) ? null : key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'range'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** `mod+k` as this platform's people write it; two keys in a row with a space between. */
export function spellKeys(keys: string): string {
  return keys.split(' ').map(spellOne).join(' ');
}

function spellOne(keys: string): string {
  const mac = navigator.platform.startsWith('Mac');
  return keys
    .split('+')
    .map(
      (key) =>
        ({ mod: mac ? '⌘' : 'Ctrl', shift: mac ? '⇧' : 'Shift' })[key] ?? (key.length === 1 ? key.toUpperCase() : key),
    )
    .join(mac ? '' : '+');
}
