/** What the tests use of the heavy packages, so that types are checked where these are not installed. */
declare module 'chdb' {
  export class Session {
    constructor(path?: string);
    query(sql: string, format?: string): string;
    close(): void;
  }
}
declare module '@electric-sql/pglite' {
  export interface QueryOptions {
    readonly rowMode?: 'array' | 'object';
    readonly parsers?: Readonly<Record<number, (text: string) => unknown>>;
  }
  export class PGlite {
    static create(): Promise<PGlite>;
    query(
      sql: string,
      parameters?: readonly unknown[],
      options?: QueryOptions,
    ): Promise<{
      readonly rows: readonly (readonly unknown[])[];
      readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
    }>;
    exec(sql: string): Promise<unknown>;
    close(): Promise<void>;
  }
}
