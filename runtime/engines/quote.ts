/** The only places where names and texts become SQL. */

export function ident(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function qualified(schema: string, name: string): string {
  return `${ident(schema)}.${ident(name)}`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function texts(values: readonly string[]): string {
  return `[${values.map(literal).join(', ')}]`;
}

/** A query from the plan as a part of another: on lines of its own, as it may end in a comment. */
export function subquery(sql: string): string {
  return `(\n${sql.trim().replace(/;$/, '')}\n)`;
}
