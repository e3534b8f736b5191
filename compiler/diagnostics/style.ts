/** How text looks where it is shown: width, colours, line-drawing characters. Made once a process, in `cli/terminal.ts`. */
import picocolors from 'picocolors';

export interface Glyphs {
  readonly corner: string;
  readonly tee: string;
  readonly bar: string;
  readonly spanTop: string;
  readonly spanBottom: string;
  readonly dash: string;
  readonly ellipsis: string;
  readonly done: string;
  readonly failed: string;
  readonly skipped: string;
  readonly waiting: string;
  readonly dot: string;
  readonly full: string;
  readonly empty: string;
  readonly arrow: string;
  readonly branch: string;
  readonly lastBranch: string;
  /** Of a calendar: all of a cell is done, part of it, nothing of it, and nothing of it yet. */
  readonly calendar: { readonly done: string; readonly part: string; readonly gap: string; readonly due: string };
  readonly spinner: readonly string[];
}

const UNICODE: Glyphs = {
  corner: '┌─',
  tee: '├─',
  bar: '│',
  spanTop: '╭',
  spanBottom: '╰',
  dash: '─',
  ellipsis: '…',
  done: '✔',
  failed: '✗',
  skipped: '○',
  waiting: '·',
  dot: '·',
  full: '▰',
  empty: '▱',
  arrow: '→',
  branch: '├─',
  lastBranch: '└─',
  calendar: { done: '█', part: '▒', gap: '░', due: '·' },
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
};

const ASCII: Glyphs = {
  corner: '--',
  tee: '--',
  bar: '|',
  spanTop: '/',
  spanBottom: '\\',
  dash: '-',
  ellipsis: '...',
  done: 'ok',
  failed: 'x',
  skipped: 'o',
  waiting: '.',
  dot: '-',
  full: '#',
  empty: '.',
  arrow: '->',
  branch: '|-',
  lastBranch: '`-',
  calendar: { done: '#', part: '+', gap: '_', due: '.' },
  spinner: ['|', '/', '-', '\\'],
};

export interface Style {
  /** Cells in a line. */
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly unicode: boolean;
  readonly paint: ReturnType<typeof picocolors.createColors>;
}

export function style(settings: {
  readonly width: number;
  readonly colour: boolean;
  readonly unicode: boolean;
}): Style {
  return {
    width: settings.width,
    unicode: settings.unicode,
    glyphs: settings.unicode ? UNICODE : ASCII,
    paint: picocolors.createColors(settings.colour),
  };
}
