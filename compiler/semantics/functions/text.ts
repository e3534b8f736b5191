/** Text. Positions and lengths count characters (Unicode code points) from 1. */
import { INT64, STRING, typeName } from '../../relational/types.ts';
import { widens } from '../widening.ts';
import { postgresPattern, refusedPattern, refusedReplacement, refusedSearch } from './patterns.ts';
import {
  type ArgumentInfo,
  bare,
  type CellCall,
  called,
  type EngineName,
  type FunctionRow,
  fragment,
  mismatch,
  namedOn,
  onEach,
  operand,
  PRECEDENCE,
  type Resolution,
  row,
  type SqlFragment,
} from './row.ts';
import { bySignature, countReason } from './signature.ts';
import { cast } from './snippets.ts';

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
  readonly sql: FunctionRow['sql'];
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
    sql: given.sql,
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

/** Positions and counts of text are 32 bits wide on two engines; none reaches that far. */
const MOST = 2147483647;

/** A count or a position as the engine takes it: one below `least` is `least`. A null stays one, so no `greatest`. */
function counted(
  engine: EngineName,
  args: readonly SqlFragment[],
  call: CellCall,
  index: number,
  least: number,
): string {
  const sql = bare(args, index);
  const literal = call.literals[index];
  if (typeof literal === 'string') return Number(literal) > MOST ? String(MOST) : sql;
  const clamped = `CASE WHEN ${sql} < ${least} THEN ${least} WHEN ${sql} > ${MOST} THEN ${MOST} ELSE ${sql} END`;
  return engine === 'postgres' ? `CAST(${clamped} AS integer)` : clamped;
}

/** Names by engine. */
type Names = Readonly<Record<EngineName, string>>;
const names = (duckdb: string, postgres: string, clickhouse: string): Names => ({ duckdb, postgres, clickhouse });
/** The whole number that a function of fewer bits, or of unsigned ones, gives. */
const asInt64 = (engine: EngineName, sql: string): string =>
  engine === 'duckdb' ? sql : engine === 'postgres' ? cast('postgres', sql, INT64) : `toInt64(${sql})`;

const regex =
  (index: number, ...more: readonly ((pattern: string) => string | null)[]) =>
  (args: readonly ArgumentInfo[]): Resolution | null => {
    const arg = args[index];
    if (!isWritten(arg)) return mismatch('the pattern must be written out', index);
    for (const check of [refusedPattern, ...more]) {
      const refused = check(arg.literal);
      if (refused !== null) return mismatch(refused, index);
    }
    return null;
  };

/** The pattern as PostgreSQL reads it. */
const patternPostgres = (call: CellCall, index: number): string =>
  call.quote(postgresPattern(String(call.literals[index] ?? '')));

const TRIMS = {
  trim: names('trim', 'btrim', 'trimBoth'),
  ltrim: names('ltrim', 'ltrim', 'trimLeft'),
  rtrim: names('rtrim', 'rtrim', 'trimRight'),
};

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
      args[1] === undefined
        ? null
        : !isWritten(args[1])
          ? mismatch('`characters` must be written out', 1)
          : // ClickHouse trims bytes, and would cut a character in two.
            /^[\x20-\x7e\t\n\r]+$/.test(args[1].literal)
            ? null
            : mismatch('`characters` must be of ASCII, one at least', 1),
    // DuckDB alone takes more than the blank for a space.
    sql: onEach((engine, args) => `${TRIMS[name][engine]}(${bare(args, 0)}, ${args[1]?.sql ?? "' '"})`),
  });

const padded = (name: 'lpad' | 'rpad', side: string, example: { call: string; gives: string }): FunctionRow =>
  text({
    name,
    signature: `${name}(value: string, length: int64, fill: string) -> string`,
    doc: `The text filled up on the ${side} to the length, or cut to it.`,
    example,
    check: (args) => nonEmpty(2, 'fill')(args) ?? atLeast(0, 1, 'length')(args),
    sql: onEach((engine, args, call) => {
      const length = counted(engine, args, call, 1, 0);
      const of = names(name, name, name === 'lpad' ? 'leftPadUTF8' : 'rightPadUTF8')[engine];
      return `${of}(${bare(args, 0)}, ${engine === 'duckdb' ? `CAST(${length} AS INTEGER)` : length}, ${bare(args, 2)})`;
    }),
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
    if (!isWritten(args[0])) return mismatch('`separator` must be written out', 0);
    return {
      ok: true,
      args: args.map(() => STRING),
      type: STRING,
      nullable: false,
      inexact: args.some((a) => a.inexact),
    };
  },
  sql: {
    duckdb: called('concat_ws'),
    postgres: called('concat_ws'),
    // A null would make the whole null there; of a list it is left out.
    clickhouse: (args) =>
      fragment(
        `arrayStringConcat(CAST([${args
          .slice(1)
          .map((arg) => arg.sql)
          .join(', ')}] AS Array(Nullable(String))), ${bare(args, 0)})`,
      ),
  },
});

const hashed = (
  name: 'md5' | 'sha256',
  sql: FunctionRow['sql'],
  doc: string,
  example: { call: string; gives: string },
): FunctionRow => text({ name, signature: `${name}(value: string) -> string`, doc, example, sql });

export const textRows: readonly FunctionRow[] = [
  text({
    name: 'length',
    signature: 'length(value: string) -> int64',
    doc: 'How many characters the text has.',
    example: { call: "length('Straße')", gives: '6' },
    sql: onEach((engine, args) =>
      asInt64(engine, `${names('length', 'length', 'lengthUTF8')[engine]}(${bare(args, 0)})`),
    ),
  }),
  text({
    name: 'left',
    signature: 'left(value: string, count: int64) -> string',
    doc: 'The first characters; none for a count of zero or less.',
    example: { call: "left('abc', 2)", gives: 'ab' },
    check: atLeast(0, 1, 'count'),
    sql: onEach(
      (engine, args, call) =>
        `${names('left', 'left', 'leftUTF8')[engine]}(${bare(args, 0)}, ${counted(engine, args, call, 1, 0)})`,
    ),
  }),
  text({
    name: 'right',
    signature: 'right(value: string, count: int64) -> string',
    doc: 'The last characters; none for a count of zero or less.',
    example: { call: "right('abc', 2)", gives: 'bc' },
    check: atLeast(0, 1, 'count'),
    sql: onEach(
      (engine, args, call) =>
        `${names('right', 'right', 'rightUTF8')[engine]}(${bare(args, 0)}, ${counted(engine, args, call, 1, 0)})`,
    ),
  }),
  text({
    name: 'substr',
    signature: 'substr(value: string, start: int64, length?: int64) -> string',
    doc: 'The characters from `start` on, counted from 1, at most `length` of them. A computed start below 1 is taken for 1.',
    example: { call: "substr('abcdef', 2, 3)", gives: 'bcd' },
    check: (args) => atLeast(1, 1, 'start')(args) ?? atLeast(0, 2, 'length')(args),
    sql: onEach((engine, args, call) => {
      const length = args[2] === undefined ? '' : `, ${counted(engine, args, call, 2, 0)}`;
      return `${names('substr', 'substr', 'substringUTF8')[engine]}(${bare(args, 0)}, ${counted(engine, args, call, 1, 1)}${length})`;
    }),
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
    sql: namedOn('replace', 'replace', 'replaceAll'),
  }),
  text({
    name: 'split_part',
    signature: 'split_part(value: string, delimiter: string, part: int64) -> string',
    doc: "The part of that number, from 1, between the delimiters; '' where there are fewer.",
    example: { call: "split_part('a.b.c', '.', 2)", gives: 'b' },
    check: (args) => nonEmpty(1, 'delimiter')(args) ?? atLeast(1, 2, 'part')(args),
    sql: onEach((engine, args, call) => {
      const part = counted(engine, args, call, 2, 1);
      if (engine !== 'clickhouse') return `split_part(${bare(args, 0)}, ${bare(args, 1)}, ${part})`;
      // A list is never null there.
      const found = `splitByString(${bare(args, 1)}, ${bare(args, 0)})[${part}]`;
      return call.nullable[0] === true ? `if((${bare(args, 0)}) IS NULL, NULL, ${found})` : found;
    }),
  }),
  text({
    name: 'strpos',
    signature: 'strpos(value: string, part: string) -> int64',
    doc: 'Where the part first stands, from 1; 0 where it does not.',
    example: { call: "strpos('häuser', 'u')", gives: '3' },
    sql: onEach((engine, args) => asInt64(engine, positionOf(engine, args))),
  }),
  text({
    name: 'contains',
    signature: 'contains(value: string, part: string) -> bool',
    doc: 'Whether the part stands in the text.',
    example: { call: "contains('abc', 'bc')", gives: 'true' },
    carries: 'none',
    sql: {
      duckdb: called('contains'),
      postgres: (args) => fragment(`${positionOf('postgres', args)} > 0`, PRECEDENCE.comparison),
      clickhouse: (args) => fragment(`${positionOf('clickhouse', args)} > 0`, PRECEDENCE.comparison),
    },
  }),
  text({
    name: 'starts_with',
    signature: 'starts_with(value: string, part: string) -> bool',
    doc: 'Whether the text starts with the part.',
    example: { call: "starts_with('abc', 'ab')", gives: 'true' },
    carries: 'none',
    sql: namedOn('starts_with', 'starts_with', 'startsWith'),
  }),
  text({
    name: 'ends_with',
    signature: 'ends_with(value: string, part: string) -> bool',
    doc: 'Whether the text ends with the part.',
    example: { call: "ends_with('abc', 'bc')", gives: 'true' },
    carries: 'none',
    sql: {
      duckdb: called('ends_with'),
      postgres: (args) =>
        fragment(
          `right(${bare(args, 0)}, length(${bare(args, 1)})) = ${operand(args, 1, PRECEDENCE.concat)}`,
          PRECEDENCE.comparison,
        ),
      clickhouse: called('endsWith'),
    },
  }),
  text({
    name: 'repeat',
    signature: 'repeat(value: string, count: int64) -> string',
    doc: 'The text so many times; empty for zero and less.',
    example: { call: "repeat('ab', 2)", gives: 'abab' },
    sql: onEach((engine, args, call) => `repeat(${bare(args, 0)}, ${counted(engine, args, call, 1, 0)})`),
  }),
  text({
    name: 'reverse',
    signature: 'reverse(value: string) -> string',
    doc: 'The characters from last to first, each code point by itself.',
    example: { call: "reverse('abc')", gives: 'cba' },
    sql: {
      // DuckDB's own keeps letters and their accents together.
      duckdb: (args) => fragment(`array_to_string(list_reverse(regexp_extract_all(${bare(args, 0)}, '(?s).')), '')`),
      postgres: called('reverse'),
      clickhouse: called('reverseUTF8'),
    },
  }),
  text({
    name: 'translate',
    signature: 'translate(value: string, from: string, to: string) -> string',
    doc: 'Each character of `from` replaced by the one at its place in `to`, or taken out where there is none.',
    example: { call: "translate('a-b.c', '-.', '_')", gives: 'a_bc' },
    check: (args) => {
      if (!isWritten(args[1]) || !isWritten(args[2])) return mismatch('`from` and `to` must be written out', 1);
      const characters = [...args[1].literal];
      return new Set(characters).size < characters.length
        ? mismatch('`from` has a character twice: engines differ on which counts', 1)
        : null;
    },
    sql: namedOn('translate', 'translate', 'translateUTF8'),
  }),
  text({
    name: 'upper_ascii',
    signature: 'upper_ascii(value: string) -> string',
    doc: 'a–z as A–Z; every other character stays, as engines differ on them.',
    example: { call: "upper_ascii('straße')", gives: 'STRAßE' },
    carries: 'value',
    sql: onEach((engine, args) =>
      engine === 'clickhouse' ? `upper(${bare(args, 0)})` : `translate(${bare(args, 0)}, '${LOWER}', '${UPPER}')`,
    ),
  }),
  text({
    name: 'lower_ascii',
    signature: 'lower_ascii(value: string) -> string',
    doc: 'A–Z as a–z; every other character stays, as engines differ on them.',
    example: { call: "lower_ascii('ÄB')", gives: 'Äb' },
    carries: 'value',
    sql: onEach((engine, args) => foldedAscii(engine, bare(args, 0))),
  }),
  text({
    name: 'regexp_like',
    signature: 'regexp_like(value: string, pattern: string) -> bool',
    doc: 'Whether the pattern matches anywhere in the text; `^` and `$` are its ends, `.` any character, also a line end.',
    example: { call: "regexp_like('order 17', '[0-9]+$')", gives: 'true' },
    carries: 'none',
    check: regex(1),
    sql: {
      duckdb: (args) => fragment(`regexp_matches(${bare(args, 0)}, ${bare(args, 1)}, 's')`),
      postgres: (args, call) =>
        fragment(`${operand(args, 0, PRECEDENCE.concat)} ~ ${patternPostgres(call, 1)}`, PRECEDENCE.comparison),
      clickhouse: called('match'),
    },
  }),
  text({
    name: 'regexp_replace',
    signature: 'regexp_replace(value: string, pattern: string, by: string) -> string',
    doc: 'The text with every match replaced; `\\\\1` in the replacement is the first group.',
    example: { call: "regexp_replace('a1b22', '[0-9]+', '#')", gives: 'a#b#' },
    check: (args) => {
      const refused = regex(1, refusedSearch)(args);
      if (refused !== null) return refused;
      if (!isWritten(args[2])) return mismatch('the replacement must be written out', 2);
      const replacement = refusedReplacement(args[2].literal);
      return replacement === null ? null : mismatch(replacement, 2);
    },
    sql: {
      duckdb: (args) => fragment(`regexp_replace(${bare(args, 0)}, ${bare(args, 1)}, ${bare(args, 2)}, 'gs')`),
      postgres: (args, call) =>
        fragment(`regexp_replace(${bare(args, 0)}, ${patternPostgres(call, 1)}, ${bare(args, 2)}, 'g')`),
      clickhouse: called('replaceRegexpAll'),
    },
  }),
  concatWs,
  hashed(
    'md5',
    onEach((engine, args) => (engine === 'clickhouse' ? `lower(hex(MD5(${bare(args, 0)})))` : `md5(${bare(args, 0)})`)),
    'The MD5 hash of the text in UTF-8, as 32 hexadecimal digits in lower case.',
    {
      call: "md5('a')",
      gives: '0cc175b9c0f1b6a831c399e269772661',
    },
  ),
  hashed(
    'sha256',
    onEach((engine, args) => {
      if (engine === 'duckdb') return `sha256(${bare(args, 0)})`;
      if (engine === 'clickhouse') return `lower(hex(SHA256(${bare(args, 0)})))`;
      return `encode(sha256(convert_to(${bare(args, 0)}, 'UTF8')), 'hex')`;
    }),
    'The SHA-256 hash of the text in UTF-8, as 64 hexadecimal digits in lower case.',
    {
      call: "sha256('a')",
      gives: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
    },
  ),
  row({
    name: 'sha256_int',
    ...bySignature('sha256_int(value: string) -> int64'),
    doc: 'The first 60 bits of the SHA-256 hash of the text in UTF-8, as a whole number from 0 on: the first 15 digits of `sha256`, read as a number.',
    example: { call: "sha256_int('a')", gives: '912392414677810140' },
    sql: onEach((engine, args) => {
      if (engine === 'duckdb') return `CAST('0x' || left(sha256(${bare(args, 0)}), 15) AS BIGINT)`;
      if (engine === 'clickhouse')
        return `toInt64(bitShiftRight(reinterpretAsUInt64(reverse(substring(SHA256(${bare(args, 0)}), 1, 8))), 4))`;
      return `CAST(CAST('x' || left(encode(sha256(convert_to(${bare(args, 0)}, 'UTF8')), 'hex'), 15) AS bit(60)) AS bigint)`;
    }),
  }),
  row({
    name: 'hex',
    ...bySignature('hex(value: string) -> string', 'hex(value: bytes) -> string'),
    doc: 'The bytes (of a text: in UTF-8) as hexadecimal digits in lower case.',
    example: { call: "hex('Aß')", gives: '41c39f' },
    sql: onEach((engine, args, call) =>
      engine === 'postgres' ? `encode(${bytesPostgres(args, call)}, 'hex')` : `lower(hex(${bare(args, 0)}))`,
    ),
  }),
  row({
    name: 'base64',
    ...bySignature('base64(value: string) -> string', 'base64(value: bytes) -> string'),
    doc: 'The bytes (of a text: in UTF-8) in base64, without line ends.',
    example: { call: "base64('Aß')", gives: 'QcOf' },
    sql: {
      duckdb: (args, call) =>
        fragment(`to_base64(${call.argTypes[0]?.kind === 'bytes' ? bare(args, 0) : `encode(${bare(args, 0)})`})`),
      // Its own breaks lines at 76 characters.
      postgres: (args, call) => fragment(`replace(encode(${bytesPostgres(args, call)}, 'base64'), chr(10), '')`),
      clickhouse: called('base64Encode'),
    },
  }),
];

/** A text as its bytes in UTF-8, bytes as they are. */
const bytesPostgres = (args: readonly SqlFragment[], call: CellCall): string =>
  call.argTypes[0]?.kind === 'bytes' ? bare(args, 0) : `convert_to(${bare(args, 0)}, 'UTF8')`;

/** Where the part stands, from 1, or 0. */
const positionOf = (engine: EngineName, args: readonly SqlFragment[]): string =>
  `${names('strpos', 'strpos', 'positionUTF8')[engine]}(${bare(args, 0)}, ${bare(args, 1)})`;

/** A–Z as a–z and nothing else: what an engine's own `lower` does only on ClickHouse. */
export const foldedAscii = (engine: EngineName, sql: string): string =>
  engine === 'clickhouse' ? `lower(${sql})` : `translate(${sql}, '${UPPER}', '${LOWER}')`;
