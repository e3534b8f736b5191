/** Trees in a form for tests: without spans, or as a short text. */

/** The tree without places, and with the spellings that the formatter makes canonical. */
export function withoutSpans(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSpans);
  if (value === null || typeof value !== 'object') return value;
  const out: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'start' || key === 'end') continue;
    out[key] = withoutSpans(inner);
  }
  return out;
}

/** A tree as nested brackets: the kind, then what is not empty. */
export function brief(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(brief).join(' ')}]`;
  if (value === null) return '-';
  if (typeof value === 'string') return /^[\w.<>=+*/%|-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  const node = value as Record<string, unknown>;
  if ('text' in node && Object.keys(node).length === 3) return String(node['text']);
  if ('parts' in node)
    return (
      (node['parts'] as { text: string }[]).map((part) => part.text).join('.') + (node['wildcard'] === true ? '.*' : '')
    );
  if (node['kind'] === 'name') return brief(node['name']);
  if (node['kind'] === 'number') return String(node['text']);
  if (node['kind'] === 'string') return JSON.stringify(node['value']);
  const parts: string[] = [];
  for (const [key, inner] of Object.entries(node)) {
    if (
      key === 'start' ||
      key === 'end' ||
      inner === null ||
      inner === false ||
      (Array.isArray(inner) && inner.length === 0)
    )
      continue;
    parts.push(key === 'kind' ? brief(inner) : inner === true ? key : `${key}=${brief(inner)}`);
  }
  return `(${parts.join(' ')})`;
}
