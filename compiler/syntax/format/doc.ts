/** A small pretty printer: a document says where lines may break, and a group breaks all its lines or none. */

export type Doc = string | Node;
type Node = Cat | Line | Group | Indent | Suffix | Either;

interface Cat {
  readonly kind: 'cat';
  readonly docs: readonly Doc[];
  readonly hard: boolean;
}
/** `flat` is what stands there when the group is on one line. */
interface Line {
  readonly kind: 'line';
  readonly flat: string;
  readonly hard: boolean;
  readonly blank: boolean;
}
interface Group {
  readonly kind: 'group';
  readonly doc: Doc;
  readonly hard: boolean;
}
interface Indent {
  readonly kind: 'indent';
  readonly by: number;
  readonly doc: Doc;
  readonly hard: boolean;
}
/** One text where the group around is broken, another where it is on one line. */
interface Either {
  readonly kind: 'either';
  readonly broken: string;
  readonly flat: string;
  readonly hard: false;
}
/** A comment at the end of whatever line it comes to stand on; breaks the groups around it. */
interface Suffix {
  readonly kind: 'suffix';
  readonly text: string;
  readonly hard: true;
}

const isHard = (doc: Doc): boolean => typeof doc !== 'string' && doc.hard;

/** Breaks or is a space. */
export const line: Doc = { kind: 'line', flat: ' ', hard: false, blank: false };
/** Breaks or is nothing. */
export const soft: Doc = { kind: 'line', flat: '', hard: false, blank: false };
/** Always breaks, and so do the groups around it. */
export const newline: Doc = { kind: 'line', flat: '', hard: true, blank: false };
export const blankLine: Doc = { kind: 'line', flat: '', hard: true, blank: true };

export const cat = (...docs: Doc[]): Doc => ({ kind: 'cat', docs, hard: docs.some(isHard) });
export const group = (...docs: Doc[]): Doc => ({
  kind: 'group',
  doc: docs.length === 1 ? docs[0]! : cat(...docs),
  hard: docs.some(isHard),
});
export const indent = (by: number, ...docs: Doc[]): Doc => ({
  kind: 'indent',
  by,
  doc: docs.length === 1 ? docs[0]! : cat(...docs),
  hard: docs.some(isHard),
});
export const either = (broken: string, flat: string): Doc => ({ kind: 'either', broken, flat, hard: false });
export const suffix = (text: string): Doc => ({ kind: 'suffix', text, hard: true });
/** A comma between items, each on a line of its own where they do not fit. */
export const join = (separator: Doc, docs: readonly Doc[]): Doc => {
  const all: Doc[] = [];
  docs.forEach((doc, at) => {
    if (at > 0) all.push(separator);
    all.push(doc);
  });
  return { kind: 'cat', docs: all, hard: all.some(isHard) };
};

/** Whether a document breaks for certain. */
export const breaks = isHard;

/** The document on one line, or null where it cannot be. */
export function flat(doc: Doc): string | null {
  if (isHard(doc)) return null;
  return print(doc, Number.POSITIVE_INFINITY);
}

interface Command {
  readonly indent: number;
  readonly flat: boolean;
  readonly doc: Doc;
}

export function print(doc: Doc, width: number): string {
  const out: string[] = [];
  const suffixes: string[] = [];
  let column = 0;
  const todo: Command[] = [{ indent: 0, flat: false, doc }];
  const endLine = (margin: number) => {
    // A comment that runs to the line's end cannot be followed by another on the same line.
    suffixes.forEach((text, at) => out.push(at === 0 ? `  ${text}` : `\n${' '.repeat(margin)}${text}`));
    suffixes.length = 0;
  };
  for (let command = todo.pop(); command !== undefined; command = todo.pop()) {
    const doc = command.doc;
    if (typeof doc === 'string') {
      out.push(doc);
      const last = doc.lastIndexOf('\n');
      column = last === -1 ? column + doc.length : doc.length - last - 1;
      continue;
    }
    switch (doc.kind) {
      case 'cat':
        for (let at = doc.docs.length - 1; at >= 0; at--)
          todo.push({ indent: command.indent, flat: command.flat, doc: doc.docs[at]! });
        break;
      case 'indent':
        todo.push({ indent: command.indent + doc.by, flat: command.flat, doc: doc.doc });
        break;
      case 'suffix':
        suffixes.push(doc.text);
        break;
      case 'either':
        out.push(command.flat ? doc.flat : doc.broken);
        column += (command.flat ? doc.flat : doc.broken).length;
        break;
      case 'group': {
        const isFlat =
          command.flat ||
          (!doc.hard && fits({ indent: command.indent, flat: true, doc: doc.doc }, todo, width - column));
        todo.push({ indent: command.indent, flat: isFlat, doc: doc.doc });
        break;
      }
      case 'line':
        if (command.flat && !doc.hard) {
          out.push(doc.flat);
          column += doc.flat.length;
        } else {
          trimEnd(out);
          endLine(command.indent);
          out.push(doc.blank ? '\n\n' : '\n', ' '.repeat(command.indent));
          column = command.indent;
        }
        break;
    }
  }
  trimEnd(out);
  endLine(0);
  return out.join('');
}

function trimEnd(out: string[]): void {
  while (out.length > 0) {
    const last = out[out.length - 1]!;
    const trimmed = last.replace(/ +$/, '');
    if (trimmed === last) return;
    if (trimmed !== '') {
      out[out.length - 1] = trimmed;
      return;
    }
    out.pop();
  }
}

/** Whether a group on one line, and what follows it up to the next break, fits. */
function fits(first: Command, rest: readonly Command[], room: number): boolean {
  let left = room;
  let restAt = rest.length;
  const todo: Command[] = [first];
  while (left >= 0) {
    const command = todo.pop() ?? rest[--restAt];
    if (command === undefined) return true;
    const doc = command.doc;
    if (typeof doc === 'string') {
      left -= doc.length;
      if (doc.includes('\n')) return left >= 0;
      continue;
    }
    switch (doc.kind) {
      case 'cat':
        for (let at = doc.docs.length - 1; at >= 0; at--)
          todo.push({ indent: 0, flat: command.flat, doc: doc.docs[at]! });
        break;
      case 'indent':
        todo.push({ indent: 0, flat: command.flat, doc: doc.doc });
        break;
      case 'group':
        todo.push({ indent: 0, flat: command.flat && !doc.hard, doc: doc.doc });
        break;
      case 'suffix':
        break;
      case 'either':
        left -= (command.flat ? doc.flat : doc.broken).length;
        break;
      case 'line':
        if (!command.flat || doc.hard) return true;
        left -= doc.flat.length;
        break;
    }
  }
  return false;
}
