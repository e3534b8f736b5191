/** What a person has set in the editor, below `pipec`: read by dotted name, as `inlayHints.rows`. */

export class Settings {
  #values: unknown = {};
  readonly #changed: (() => void)[] = [];

  /** From here on these; what is no object is none. */
  set(values: unknown): void {
    this.#values = values;
    for (const listener of this.#changed) listener();
  }

  onChange(listener: () => void): void {
    this.#changed.push(listener);
  }

  /** What is not set, or of another type than `fallback`, is `fallback`. */
  get<Value extends boolean | string | number>(name: string, fallback: Value): Value {
    let value = this.#values;
    for (const part of name.split('.'))
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
    return typeof value === typeof fallback ? (value as Value) : fallback;
  }
}
