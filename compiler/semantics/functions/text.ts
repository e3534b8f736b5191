/** Text. Positions and lengths count characters (Unicode code points) from 1. */
import { STRING, typeName } from '../../relational/types.ts';
import { widens } from '../widening.ts';
import {
  type ArgumentInfo,
  bare,
  called,
  type FunctionRow,
  fragment,
  mismatch,
  type Resolution,
  row,
  type SqlCell,
} from './row.ts';
import { bySignature, countReason } from './signature.ts';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';

/** A row whose arguments follow its signature, with rules beyond types. */
function text(given: {
  readonly name: string;
  readonly signature: string;
  readonly doc: string;
  readonly example: { readonly call: string; readonly gives: string };
  readonly check?: (args: readonly ArgumentInfo[]) => Resolution | null;
  readonly carries?: 'value' | 'derived' | 'none';
  readonly duckdb: SqlCell;
}): FunctionRow {
  const { signatures, resolve } = bySignature(given.signature);
  return row({
    name: given.name,
    signatures,
    doc: given.doc,
    example: given.example,
    carries: given.carries ?? 'derived',
    resolve(args) {
      const resolved = resolve(args);
      return resolved.ok ? (given.check?.(args) ?? resolved) : resolved;
    },
    sql: { duckdb: given.duckdb },
  });
}

const isWritten = (arg: ArgumentInfo | undefined): arg is ArgumentInfo & { literal: string } =>
  typeof arg?.literal === 'string';

function nonEmpty(index: number, name: string) {
  return (args: readonly ArgumentInfo[]): Resolution | null => {
    const arg = args[index];
    if (!isWritten(arg)) return mismatch(`\`${name}\` must be written out`, index);
    return arg.literal === ''
      ? mismatch(`\`${name}\` must not be empty: engines differ on what that means`, index)
      : null;
  };
}

/** A number written out must not be below `least`. */
function atLeast(least: number, index: number, name: string) {
  return (args: readonly ArgumentInfo[]): Resolution | null => {
    const arg = args[index];
    return isWritten(arg) && Number(arg.literal) < least
      ? mismatch(`\`${name}\` must not be below ${least}: engines differ on what that means`, index)
      : null;
  };
}

/** A count below zero is none at all. */
const counted = (args: Parameters<SqlCell>[0], call: Parameters<SqlCell>[1], index: number, least: number): string =>
  typeof call.literals[index] === 'string' ? bare(args, index) : `greatest(${bare(args, index)}, ${least})`;

const REFUSED_PATTERN = /\(\?(?!:)|\\[1-9AZzbBG]|\[\[:|\\[pPXQEkC]/;

/** The part of regular expressions that engines share: no lookaround, back references or classes by name. */
function pattern(index: number) {
  return (args: readonly ArgumentInfo[]): Resolution | null => {
    const arg = args[index];
    if (!isWritten(arg)) return mismatch('the pattern must be written out', index);
    const refused = REFUSED_PATTERN.exec(arg.literal);
    if (refused !== null) return mismatch(`\`${refused[0]}\` in a pattern is not the same on every engine`, index);
    try {
      new RegExp(arg.literal, 'u');
    } catch {
      return mismatch('the pattern is not a regular expression', index);
    }
    return null;
  };
}

const trimmed = (
  name: 'trim' | 'ltrim' | 'rtrim',
  where: string,
  example: { call: string; gives: string },
): FunctionRow =>
  text({
    name,
    signature: `${name}(value: string, characters?: string) -> string`,
    doc: `The text without spaces, or without any of the characters, ${where}.`,
    example,
    carries: 'value',
    check: (args) =>
      args[1] !== undefined && !isWritten(args[1]) ? mismatch('`characters` must be written out', 1) : null,
    duckdb: called(name),
  });

const padded = (name: 'lpad' | 'rpad', side: string, example: { call: string; gives: string }): FunctionRow =>
  text({
    name,
    signature: `${name}(value: string, length: int64, fill: string) -> string`,
    doc: `The text filled up on the ${side} to the length, or cut to it.`,
    example,
    check: (args) => nonEmpty(2, 'fill')(args) ?? atLeast(0, 1, 'length')(args),
    duckdb: (args, call) =>
      fragment(`${name}(${bare(args, 0)}, CAST(${counted(args, call, 1, 0)} AS INTEGER), ${bare(args, 2)})`),
  });

const concatWs = row({
  name: 'concat_ws',
  ...bySignature('concat_ws(separator: string, values...: string) -> string'),
  doc: 'The texts that are not null with the separator between them; empty where all are null.',
  example: { call: "concat_ws('-', 'a', nullif('b', 'b'), 'c')", gives: 'a-c' },
  strict: false,
  resolve(args) {
    for (const [i, arg] of args.entries())
      if (!widens(arg, STRING))
        return mismatch(`it joins texts, and this is \`${typeName(arg.type)}\`: write \`to_text(…)\``, i);
    if (args.length < 2) return mismatch(countReason(2, Number.POSITIVE_INFINITY, args.length));
    return {
      ok: true,
      args: args.map(() => STRING),
      type: STRING,
      nullable: args[0]?.nullable ?? false,
      inexact: args.some((a) => a.inexact),
    };
  },
  sql: { duckdb: called('concat_ws') },
});

const hashed = (name: 'md5' | 'sha256', doc: string, example: { call: string; gives: string }): FunctionRow =>
  text({ name, signature: `${name}(value: string) -> string`, doc, example, duckdb: called(name) });

export const textRows: readonly FunctionRow[] = [
  text({
    name: 'length',
    signature: 'length(value: string) -> int64',
    doc: 'How many characters the text has.',
    example: { call: "length('Straße')", gives: '6' },
    duckdb: called('length'),
  }),
  text({
    name: 'left',
    signature: 'left(value: string, count: int64) -> string',
    doc: 'The first characters; none for a count of zero or less.',
    example: { call: "left('abc', 2)", gives: 'ab' },
    check: atLeast(0, 1, 'count'),
    duckdb: (args, call) => fragment(`left(${bare(args, 0)}, ${counted(args, call, 1, 0)})`),
  }),
  text({
    name: 'right',
    signature: 'right(value: string, count: int64) -> string',
    doc: 'The last characters; none for a count of zero or less.',
    example: { call: "right('abc', 2)", gives: 'bc' },
    check: atLeast(0, 1, 'count'),
    duckdb: (args, call) => fragment(`right(${bare(args, 0)}, ${counted(args, call, 1, 0)})`),
  }),
  text({
    name: 'substr',
    signature: 'substr(value: string, start: int64, length?: int64) -> string',
    doc: 'The characters from `start` on, counted from 1, at most `length` of them. A computed start below 1 is taken for 1.',
    example: { call: "substr('abcdef', 2, 3)", gives: 'bcd' },
    check: (args) => atLeast(1, 1, 'start')(args) ?? atLeast(0, 2, 'length')(args),
    duckdb: (args, call) =>
      fragment(
        `substr(${bare(args, 0)}, ${counted(args, call, 1, 1)}${args[2] === undefined ? '' : `, ${counted(args, call, 2, 0)}`})`,
      ),
  }),
  trimmed('trim', 'at both ends', { call: "trim('  a ')", gives: 'a' }),
  trimmed('ltrim', 'at its start', { call: "ltrim('xxa', 'x')", gives: 'a' }),
  trimmed('rtrim', 'at its end', { call: "rtrim('axx', 'x')", gives: 'a' }),
  padded('lpad', 'left', { call: "lpad('7', 3, '0')", gives: '007' }),
  padded('rpad', 'right', { call: "rpad('7', 3, '0')", gives: '700' }),
  text({
    name: 'replace',
    signature: 'replace(value: string, part: string, by: string) -> string',
    doc: 'The text with every occurrence of the part replaced.',
    example: { call: "replace('a-b-c', '-', '+')", gives: 'a+b+c' },
    check: (args) => (isWritten(args[1]) && args[1].literal === '' ? mismatch('`part` must not be empty', 1) : null),
    duckdb: called('replace'),
  }),
  text({
    name: 'split_part',
    signature: 'split_part(value: string, delimiter: string, part: int64) -> string',
    doc: "The part of that number, from 1, between the delimiters; '' where there are fewer.",
    example: { call: "split_part('a.b.c', '.', 2)", gives: 'b' },
    check: (args) => nonEmpty(1, 'delimiter')(args) ?? atLeast(1, 2, 'part')(args),
    duckdb: (args, call) => fragment(`split_part(${bare(args, 0)}, ${bare(args, 1)}, ${counted(args, call, 2, 1)})`),
  }),
  text({
    name: 'strpos',
    signature: 'strpos(value: string, part: string) -> int64',
    doc: 'Where the part first stands, from 1; 0 where it does not.',
    example: { call: "strpos('häuser', 'u')", gives: '3' },
    duckdb: called('strpos'),
  }),
  text({
    name: 'contains',
    signature: 'contains(value: string, part: string) -> bool',
    doc: 'Whether the part stands in the text.',
    example: { call: "contains('abc', 'bc')", gives: 'true' },
    carries: 'none',
    duckdb: called('contains'),
  }),
  text({
    name: 'starts_with',
    signature: 'starts_with(value: string, part: string) -> bool',
    doc: 'Whether the text starts with the part.',
    example: { call: "starts_with('abc', 'ab')", gives: 'true' },
    carries: 'none',
    duckdb: called('starts_with'),
  }),
  text({
    name: 'ends_with',
    signature: 'ends_with(value: string, part: string) -> bool',
    doc: 'Whether the text ends with the part.',
    example: { call: "ends_with('abc', 'bc')", gives: 'true' },
    carries: 'none',
    duckdb: called('ends_with'),
  }),
  text({
    name: 'repeat',
    signature: 'repeat(value: string, count: int64) -> string',
    doc: 'The text so many times; empty for zero and less.',
    example: { call: "repeat('ab', 2)", gives: 'abab' },
    duckdb: (args, call) => fragment(`repeat(${bare(args, 0)}, ${counted(args, call, 1, 0)})`),
  }),
  text({
    name: 'reverse',
    signature: 'reverse(value: string) -> string',
    doc: 'The characters from last to first, each code point by itself.',
    example: { call: "reverse('abc')", gives: 'cba' },
    // DuckDB's own keeps letters and their accents together.
    duckdb: (args) => fragment(`array_to_string(list_reverse(regexp_extract_all(${bare(args, 0)}, '(?s).')), '')`),
  }),
  text({
    name: 'translate',
    signature: 'translate(value: string, from: string, to: string) -> string',
    doc: 'Each character of `from` replaced by the one at its place in `to`, or taken out where there is none.',
    example: { call: "translate('a-b.c', '-.', '_')", gives: 'a_bc' },
    check: (args) =>
      !isWritten(args[1]) || !isWritten(args[2]) ? mismatch('`from` and `to` must be written out', 1) : null,
    duckdb: called('translate'),
  }),
  text({
    name: 'upper_ascii',
    signature: 'upper_ascii(value: string) -> string',
    doc: 'a–z as A–Z; every other character stays, as engines differ on them.',
    example: { call: "upper_ascii('straße')", gives: 'STRAßE' },
    carries: 'value',
    duckdb: (args) => fragment(`translate(${bare(args, 0)}, '${LOWER}', '${UPPER}')`),
  }),
  text({
    name: 'lower_ascii',
    signature: 'lower_ascii(value: string) -> string',
    doc: 'A–Z as a–z; every other character stays, as engines differ on them.',
    example: { call: "lower_ascii('ÄB')", gives: 'Äb' },
    carries: 'value',
    duckdb: (args) => fragment(`translate(${bare(args, 0)}, '${UPPER}', '${LOWER}')`),
  }),
  text({
    name: 'regexp_like',
    signature: 'regexp_like(value: string, pattern: string) -> bool',
    doc: 'Whether the pattern matches anywhere in the text; `^` and `$` are its ends, `.` any character, also a line end.',
    example: { call: "regexp_like('order 17', '[0-9]+$')", gives: 'true' },
    carries: 'none',
    check: pattern(1),
    duckdb: (args) => fragment(`regexp_matches(${bare(args, 0)}, ${bare(args, 1)}, 's')`),
  }),
  text({
    name: 'regexp_replace',
    signature: 'regexp_replace(value: string, pattern: string, by: string) -> string',
    doc: 'The text with every match replaced; `\\\\1` in the replacement is the first group.',
    example: { call: "regexp_replace('a1b22', '[0-9]+', '#')", gives: 'a#b#' },
    check: (args) =>
      pattern(1)(args) ?? (isWritten(args[2]) ? null : mismatch('the replacement must be written out', 2)),
    duckdb: (args) => fragment(`regexp_replace(${bare(args, 0)}, ${bare(args, 1)}, ${bare(args, 2)}, 'gs')`),
  }),
  concatWs,
  hashed('md5', 'The MD5 hash of the text in UTF-8, as 32 hexadecimal digits in lower case.', {
    call: "md5('a')",
    gives: '0cc175b9c0f1b6a831c399e269772661',
  }),
  hashed('sha256', 'The SHA-256 hash of the text in UTF-8, as 64 hexadecimal digits in lower case.', {
    call: "sha256('a')",
    gives: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
  }),
  row({
    name: 'hex',
    ...bySignature('hex(value: string) -> string', 'hex(value: bytes) -> string'),
    doc: 'The bytes (of a text: in UTF-8) as hexadecimal digits in lower case.',
    example: { call: "hex('Aß')", gives: '41c39f' },
    sql: { duckdb: (args) => fragment(`lower(hex(${bare(args, 0)}))`) },
  }),
  row({
    name: 'base64',
    ...bySignature('base64(value: string) -> string', 'base64(value: bytes) -> string'),
    doc: 'The bytes (of a text: in UTF-8) in base64, without line ends.',
    example: { call: "base64('Aß')", gives: 'QcOf' },
    sql: {
      duckdb: (args, call) =>
        fragment(`to_base64(${call.argTypes[0]?.kind === 'bytes' ? bare(args, 0) : `encode(${bare(args, 0)})`})`),
    },
  }),
];

/** For `ilike`: both sides with A–Z folded, as DuckDB's own folds more letters than other engines do. */
export const foldedAscii = (sql: string): string => `translate(${sql}, '${UPPER}', '${LOWER}')`;
