/** Codes about the project as a whole and its files. */
import { code } from '../diagnostic.ts';

export const projectCodes = {
  'no-project': code({
    severity: 'error',
    message: () => 'no file of this folder, or of those below it, declares a `project`',
    explanation:
      "A project is a folder with a `project` declaration in one of its `.pipe` files; every `.pipe` file below it belongs to it. `pipec init` makes one that runs at once; by hand, one line is enough:\n\n```pipe\nproject shop { owner: 'data@shop.example', target: local }\n```",
    example: {
      wrong: "target local { engine: duckdb(path: 'shop.duckdb') }",
      right:
        "project shop { owner: 'data@shop.example', target: local }\ntarget local { engine: duckdb(path: 'shop.duckdb') }",
    },
  }),

  'two-projects': code<{ name: string }>({
    severity: 'error',
    message: ({ name }) => `this project already is \`${name}\``,
    explanation:
      'A folder and what is below it are one project. Keep one of the declarations, or move the other project into a folder beside this one.',
    example: {
      wrong:
        "project shop { target: local }\nproject store { target: local }\ntarget local { engine: duckdb(path: 'shop.duckdb') }",
      right: "project shop { target: local }\ntarget local { engine: duckdb(path: 'shop.duckdb') }",
    },
  }),

  'file-not-utf8': code<{ file: string; offset: number }>({
    severity: 'error',
    message: ({ file, offset }) => `\`${file}\` is not UTF-8: byte ${offset} begins no character`,
    explanation:
      'Programs are UTF-8 text. A file in another encoding would be read as something its author did not write, so it is refused: save it as UTF-8 in your editor (`iconv -f latin1 -t utf-8` does it on the command line).',
    example: { wrong: '', right: null },
  }),

  'file-too-large': code<{ file: string; megabytes: number }>({
    severity: 'error',
    message: ({ file, megabytes }) => `\`${file}\` has ${megabytes} MB: a program's file has 10 MB at most`,
    explanation:
      'A program of that size in one file is nearly always data that was given the ending `.pipe` by mistake. Put the rows into a CSV or Parquet file and declare a `source` for it; split a generated program into files.',
    example: { wrong: '', right: null },
  }),

  'file-unreadable': code<{ file: string; reason: string }>({
    severity: 'error',
    message: ({ file, reason }) => `\`${file}\` cannot be read: ${reason}`,
    explanation:
      'The file is there, but the operating system would not give its text. A project is checked whole or not at all: what a file that is not read declares would be missing everywhere else.',
    example: { wrong: '', right: null },
  }),
};
