/**
 * A table of any number of rows: only those in sight are in the page. The columns' heads stay; cells are walked with the
 * keys of a spreadsheet, selected with Shift or the mouse, and copied as text that a spreadsheet takes. A screen reader is told
 * the cell by `aria-activedescendant`, as the rows out of sight are not there to be focused.
 */
import { count, h } from '../page.ts';
import { percent } from '../words.ts';

export interface GridColumn {
  readonly name: string;
  /** Below the name. */
  readonly detail: string;
  /** Share of nulls in 0..1; null where it is not known. */
  readonly nulls: number | null;
  readonly numeric: boolean;
  /** A class of the head, for what is special about it. */
  readonly mark: string | null;
  readonly title: string;
}

/** A cell's value: a text, null for a null. */
export interface GridCell {
  readonly text: string | null;
  /** What it was before, where that is told. */
  readonly before?: string | null;
  /** A class, for what is special about it. */
  readonly mark?: string;
}

export interface GridRow {
  readonly cells: readonly GridCell[];
  /** In the first column; the row's number where it is null. */
  readonly sign: { readonly text: string; readonly label: string; readonly mark: string } | null;
}

export interface GridSource {
  readonly label: string;
  readonly columns: readonly GridColumn[];
  readonly count: number;
  /** Null where it has yet to come; whoever brings it calls `refresh`. */
  readonly row: (index: number) => GridRow | null;
  readonly sort: { readonly column: number; readonly order: 'asc' | 'desc' } | null;
  /** Null where its rows cannot be sorted. */
  readonly onSort: ((column: number) => void) | null;
  readonly onCopy: (text: string) => void;
}

const ROW_HEIGHT = 22;
/** Rows above and below those in sight. */
const MARGIN = 12;
/** Widths in characters. */
const LEAST = 4;
const MOST = 44;
/** Rows that say how wide a column is. */
const MEASURED = 60;
const LONGEST_CELL = 300;
/** Characters of the share of nulls, and how wide a character of the small print is. */
const NULLS = 12;
const SMALL = 0.87;

interface Place {
  readonly row: number;
  readonly column: number;
}

export class Grid {
  readonly element: HTMLElement;
  readonly #head: HTMLElement;
  readonly #body: HTMLElement;
  #source: GridSource | null = null;
  readonly #rows = new Map<number, HTMLElement>();
  #active: Place = { row: 0, column: 0 };
  /** The other corner of what is selected. */
  #anchor: Place = { row: 0, column: 0 };
  #widths: readonly number[] = [];
  #drawing = false;

  constructor() {
    this.#head = h('div', { class: 'head', role: 'row' });
    this.#body = h('div', { class: 'body', role: 'rowgroup' });
    this.element = h(
      'div',
      { class: 'grid', role: 'grid', tabindex: 0, 'aria-multiselectable': 'true' },
      h('div', { class: 'heads', role: 'rowgroup' }, this.#head),
      this.#body,
    );
    this.element.addEventListener('scroll', () => this.#soon(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#pressed(event));
    this.element.addEventListener('mousedown', (event) => this.#clicked(event));
    this.element.addEventListener('mouseover', (event) => {
      if (event.buttons === 1) this.#reached(event, true);
    });
    new ResizeObserver(() => this.#soon()).observe(this.element);
  }

  /** Other rows; where the columns are the same, the place is kept. */
  show(source: GridSource): void {
    const before = this.#source;
    this.#source = source;
    const sameColumns =
      before !== null &&
      before.columns.map(({ name }) => name).join('\0') === source.columns.map(({ name }) => name).join('\0');
    if (!sameColumns) {
      this.element.scrollTo(0, 0);
      this.#active = { row: 0, column: 0 };
      this.#anchor = this.#active;
    }
    this.#active = this.#within(this.#active);
    this.#anchor = this.#within(this.#anchor);
    this.#measure(sameColumns);
    this.refresh();
  }

  /** Draws anew what is in sight. */
  refresh(): void {
    const source = this.#source;
    if (source === null) return;
    const { element } = this;
    element.setAttribute('aria-label', source.label);
    element.setAttribute('aria-rowcount', String(source.count + 1));
    element.setAttribute('aria-colcount', String(source.columns.length + 1));
    this.#head.replaceChildren(
      h('div', { class: 'corner', role: 'columnheader', 'aria-colindex': 1 }, h('span', { class: 'spoken' }, 'Row')),
      ...source.columns.map((column, index) => this.#headOf(column, index, source)),
    );
    this.#body.style.height = `${source.count * ROW_HEIGHT}px`;
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#draw();
  }

  focus(): void {
    this.element.focus();
  }

  #headOf(column: GridColumn, index: number, { sort, onSort }: GridSource): HTMLElement {
    const sorted = sort?.column === index ? sort.order : null;
    const share = column.nulls;
    const nulls = share === null || share === 0 ? null : h('span', { class: 'nulls' }, `${percent(share)} null`);
    const bar = h('i', { class: 'bar', 'aria-hidden': 'true' });
    bar.style.setProperty('--share', String(share ?? 0));
    const name = h(
      'span',
      { class: 'name' },
      column.name,
      sorted === null ? null : h('span', { class: 'order', 'aria-hidden': 'true' }, sorted === 'asc' ? ' ▲' : ' ▼'),
    );
    const inside = [name, h('span', { class: 'detail' }, column.detail, nulls === null ? null : ' · ', nulls), bar];
    const kind = `column ${column.numeric ? 'number' : ''} ${column.mark ?? ''}`;
    return h(
      'div',
      {
        class: kind,
        role: 'columnheader',
        'aria-colindex': index + 2,
        'aria-sort': sorted === null ? 'none' : sorted === 'asc' ? 'ascending' : 'descending',
        title: column.title,
      },
      onSort === null
        ? h('div', { class: 'inside' }, ...inside)
        : h('button', { type: 'button', class: 'inside', tabindex: -1, onclick: () => onSort(index) }, ...inside),
    );
  }

  /** Columns grow with what they show, and do not shrink as one types. */
  #measure(keep: boolean): void {
    const source = this.#source;
    if (source === null) return;
    const before = keep ? this.#widths : [];
    this.#widths = source.columns.map((column, index) => {
      const detail = column.detail.length + (column.nulls ? NULLS : 0);
      let width = Math.max(LEAST, column.name.length + 3, Math.ceil(detail * SMALL));
      for (let row = 0; row < Math.min(MEASURED, source.count); row += 1) {
        const cell = source.row(row)?.cells[index];
        if (cell === undefined) continue;
        const was = cell.before === undefined ? 0 : (cell.before ?? 'null').length + 3;
        width = Math.max(width, (cell.text ?? 'null').length + was);
      }
      return Math.max(before[index] ?? 0, Math.min(MOST, width));
    });
    const digits = count(source.count).length;
    this.element.style.setProperty(
      '--columns',
      [`calc(${Math.max(2, digits)}ch + 18px)`, ...this.#widths.map((width) => `calc(${width}ch + 23px)`)].join(' '),
    );
  }

  #soon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw(): void {
    const source = this.#source;
    if (source === null) return;
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - MARGIN);
    const last = Math.min(source.count, Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT) + MARGIN);
    for (const [index, row] of this.#rows) {
      if (index >= first && index < last) continue;
      row.remove();
      this.#rows.delete(index);
    }
    for (let index = first; index < last; index += 1) {
      if (this.#rows.has(index)) continue;
      const row = this.#rowOf(index, source.row(index), source);
      this.#rows.set(index, row);
      this.#body.append(row);
    }
    this.#mark();
  }

  #rowOf(index: number, row: GridRow | null, source: GridSource): HTMLElement {
    const sign = row?.sign ?? null;
    const number = h(
      'div',
      { class: `corner ${sign?.mark ?? ''}`, role: 'rowheader', 'aria-colindex': 1, 'aria-label': sign?.label ?? null },
      sign?.text ?? count(index + 1),
    );
    const cells = source.columns.map((column, at) =>
      h(
        'div',
        {
          class: `cell ${column.numeric ? 'number' : ''} ${row?.cells[at]?.mark ?? ''}`,
          role: 'gridcell',
          id: cellId(index, at),
          'aria-colindex': at + 2,
          'data-row': index,
          'data-column': at,
        },
        ...(row === null ? [h('span', { class: 'quiet' }, '…')] : shownCell(row.cells[at])),
      ),
    );
    const element = h(
      'div',
      { class: `row ${sign?.mark ?? ''}`, role: 'row', 'aria-rowindex': index + 2 },
      number,
      ...cells,
    );
    element.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
    return element;
  }

  // ---------------------------------------------------------------------------------------------- cells and keys

  #mark(): void {
    const { row, column } = this.#active;
    const [top, bottom] = ordered(row, this.#anchor.row);
    const [left, right] = ordered(column, this.#anchor.column);
    const many = top !== bottom || left !== right;
    for (const [index, element] of this.#rows)
      for (const cell of element.querySelectorAll<HTMLElement>('.cell')) {
        const at = Number(cell.dataset['column']);
        const inside = index >= top && index <= bottom && at >= left && at <= right;
        cell.classList.toggle('active', index === row && at === column);
        cell.classList.toggle('selected', many && inside);
        cell.setAttribute('aria-selected', String(inside));
      }
    if (this.#rows.has(row)) this.element.setAttribute('aria-activedescendant', cellId(row, column));
    else this.element.removeAttribute('aria-activedescendant');
  }

  #within({ row, column }: Place): Place {
    const source = this.#source;
    if (source === null) return { row: 0, column: 0 };
    return {
      row: Math.max(0, Math.min(row, source.count - 1)),
      column: Math.max(0, Math.min(column, source.columns.length - 1)),
    };
  }

  #go(to: Place, extend: boolean): void {
    this.#active = this.#within(to);
    if (!extend) this.#anchor = this.#active;
    const { element } = this;
    const head = this.#head.offsetHeight;
    const top = this.#active.row * ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight - head)
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight + head;
    this.#draw();
    const cell = document.getElementById(cellId(this.#active.row, this.#active.column));
    const corner = this.#head.querySelector<HTMLElement>('.corner')?.offsetWidth ?? 0;
    if (cell === null) return;
    if (cell.offsetLeft - corner < element.scrollLeft) element.scrollLeft = cell.offsetLeft - corner;
    else if (cell.offsetLeft + cell.offsetWidth > element.scrollLeft + element.clientWidth)
      element.scrollLeft = cell.offsetLeft + cell.offsetWidth - element.clientWidth;
  }

  #pressed(event: KeyboardEvent): void {
    const source = this.#source;
    if (source === null) return;
    const control = event.ctrlKey || event.metaKey;
    const { row, column } = this.#active;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW_HEIGHT) - 3);
    const to: Record<string, Place> = {
      ArrowUp: { row: control ? 0 : row - 1, column },
      ArrowDown: { row: control ? source.count : row + 1, column },
      ArrowLeft: { row, column: control ? 0 : column - 1 },
      ArrowRight: { row, column: control ? source.columns.length : column + 1 },
      PageUp: { row: row - page, column },
      PageDown: { row: row + page, column },
      Home: { row: control ? 0 : row, column: 0 },
      End: { row: control ? source.count : row, column: source.columns.length },
    };
    const place = to[event.key];
    if (place !== undefined) this.#go(place, event.shiftKey);
    else if (control && event.key === 'c') this.copy();
    else if (control && event.key === 'a') {
      this.#anchor = { row: 0, column: 0 };
      this.#active = this.#within({ row: source.count, column: source.columns.length });
      this.#mark();
    } else if (event.key === 's' && !control && !event.altKey && source.onSort !== null) source.onSort(column);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #clicked(event: MouseEvent): void {
    if (event.button === 0) this.#reached(event, event.shiftKey);
  }

  #reached(event: MouseEvent, extend: boolean): void {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('.cell') : null;
    if (cell === null) return;
    this.#active = { row: Number(cell.dataset['row']), column: Number(cell.dataset['column']) };
    if (!extend) this.#anchor = this.#active;
    this.#mark();
  }

  /** What is selected, as text: cells by tabs, rows by lines; with the columns' names where it is more than one cell. */
  copy(): void {
    const source = this.#source;
    if (source === null) return;
    const [top, bottom] = ordered(this.#active.row, this.#anchor.row);
    const [left, right] = ordered(this.#active.column, this.#anchor.column);
    const field = (text: string) => (/[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const cellsOf = (index: number) => source.row(index)?.cells.slice(left, right + 1) ?? [];
    if (top === bottom && left === right) {
      source.onCopy(cellsOf(top)[0]?.text ?? '');
      return;
    }
    const names = source.columns.slice(left, right + 1).map(({ name }) => field(name));
    const rows = Array.from({ length: bottom - top + 1 }, (_, at) =>
      cellsOf(top + at).map(({ text }) => field(text ?? '')),
    );
    source.onCopy([names, ...rows].map((line) => line.join('\t')).join('\n'));
  }
}

const cellId = (row: number, column: number): string => `cell-${row}-${column}`;

const ordered = (a: number, b: number): readonly [number, number] => (a < b ? [a, b] : [b, a]);

function shownCell(cell: GridCell | undefined): Node[] {
  if (cell === undefined) return [];
  if (cell.before === undefined) return [shownValue(cell.text)];
  return [
    h('del', {}, shownValue(cell.before)),
    h('span', { class: 'arrow', 'aria-hidden': 'true' }, ' → '),
    h('ins', {}, shownValue(cell.text)),
  ];
}

function shownValue(text: string | null): Node {
  if (text === null) return h('span', { class: 'null' }, 'null');
  if (text === '') return h('span', { class: 'empty', title: 'an empty text' }, "''");
  const line = text.slice(0, LONGEST_CELL).replaceAll('\n', '⏎');
  return document.createTextNode(text.length > LONGEST_CELL ? `${line}…` : line);
}
