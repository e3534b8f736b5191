/** Prints queries: one stage a line, what does not fit one item a line. */

import type {
  Expr,
  GroupItem,
  JoinStage,
  Name,
  NamedExpr,
  NamedQuery,
  NamedWindow,
  OrderedExpr,
  OrderKey,
  Query,
  SelectItem,
  SqlSelect,
  Stage,
  TableExpr,
} from '../ast.ts';
import { assertNever } from '../ast.ts';
import type { Doc } from './doc.ts';
import { cat, flat, group, indent, join, line, newline, soft } from './doc.ts';
import { ExpressionPrinter } from './expressions.ts';
import { inARow, inParentheses, separated } from './printer.ts';

export abstract class QueryPrinter extends ExpressionPrinter {
  /** Stages on lines of their own; in parentheses, on one line where they fit. */
  query(query: Query | SqlSelect): Doc {
    return query.kind === 'query' ? this.stages(query, line) : this.sqlSelect(query);
  }

  stages(query: Query, between: Doc): Doc {
    const docs: Doc[] = [];
    query.stages.forEach((stage, at) => {
      // The first stage has no `|>`, except in the body of a pipe function; nor has the `from` that follows a leading `with`.
      const isHead = at === 0 ? stage.kind === 'from' || stage.kind === 'with' : stage.kind === 'from';
      if (at > 0) docs.push(between);
      docs.push(this.item(stage, () => (isHead ? this.stage(stage, 2) : cat('|> ', this.stage(stage, 5)))));
    });
    return cat(...docs);
  }

  /** `margin` is how far broken lines are indented against the stage's line. */
  stage(stage: Stage, margin: number): Doc {
    switch (stage.kind) {
      case 'from':
        return this.#listed(
          'from',
          this.openItems(stage.tables, (table) => this.table(table)),
          margin,
        );
      case 'with':
        return cat(
          'with ',
          join(
            cat(',', newline),
            this.openItems(stage.queries, (named) => this.#named(named)),
          ),
        );
      case 'where':
        return group('where ', indent(margin - 2, this.condition(stage.condition)));
      case 'select':
        return this.#windowed(
          this.#listed(
            stage.distinct ? 'select distinct' : 'select',
            this.openItems(stage.items, (item) => this.selectItem(item)),
            margin,
          ),
          stage.windows,
          margin,
        );
      case 'extend':
        return this.#windowed(
          this.#listed(
            'extend',
            this.openItems(stage.items, (item) => this.named(item)),
            margin,
          ),
          stage.windows,
          margin,
        );
      case 'set':
        return this.#listed(
          'set',
          this.openItems(
            stage.assignments.map(({ name, value }) => ({ start: name.start, end: value.end, name, value })),
            ({ name, value }) => cat(`${this.name(name)} = `, this.expression(value)),
          ),
          margin,
        );
      case 'drop':
        return this.#listed('drop', this.#names(stage.columns), margin);
      case 'rename':
        return this.#listed(
          'rename',
          this.openItems(
            stage.pairs.map(({ from, to }) => ({ start: from.start, end: to.end, from, to })),
            ({ from, to }) => `${this.name(from)} as ${this.name(to)}`,
          ),
          margin,
        );
      case 'aggregate':
        return this.#aggregate(stage.items, stage.groups, stage.ordered, margin);
      case 'join':
        return this.join(stage, margin);
      case 'order':
        return this.#listed('order by', this.#keys(stage.keys), margin);
      case 'limit':
        return cat(
          'limit ',
          this.expression(stage.count),
          stage.offset === null ? '' : cat(' offset ', this.expression(stage.offset)),
        );
      case 'distinct': {
        if (stage.on === null) return 'distinct';
        const on = cat('distinct on ', inParentheses(this.items(stage.on, (key) => this.expression(key))));
        return stage.order.length === 0
          ? on
          : group(on, indent(margin, line, 'order by ', separated(this.#keys(stage.order))));
      }
      case 'set-operation':
        return this.#listed(
          `${stage.operation}${stage.quantifier === null ? '' : ` ${stage.quantifier}`}`,
          this.openItems(stage.tables, (table) => this.table(table)),
          margin,
        );
      case 'pivot': {
        const aggregates = inARow(this.openItems(stage.aggregates, (item) => this.named(item)));
        const column = this.expression(stage.column);
        const values = separated(this.openItems(stage.values, (item) => this.named(item)));
        return group(
          'pivot(',
          indent(margin, soft, aggregates, line, 'for ', column, ' in (', group(indent(2, soft, values), soft), ')'),
          soft,
          ')',
        );
      }
      case 'unpivot': {
        const columns = separated(this.openItems(stage.columns, (item) => this.named(item)));
        return group(
          `unpivot(${this.name(stage.value)} for ${this.name(stage.column)} in (`,
          indent(margin, soft, columns),
          soft,
          '))',
        );
      }
      case 'unnest':
        return cat('unnest ', this.expression(stage.value), alias(stage.alias, this));
      case 'call':
        return cat('call ', this.expression(stage.call));
      case 'as':
        return `as ${this.name(stage.alias)}`;
      case 'assert':
        return group(
          'assert ',
          indent(margin - 2, this.condition(stage.condition)),
          ...[stage.message ?? [], stage.values]
            .flat()
            .map((part) => cat(',', indent(margin, line, this.expression(part)))),
        );
      case 'missing':
        return '';
      default:
        return assertNever(stage);
    }
  }

  /** A keyword and its items: on its line, or one a line below it. */
  #listed(keyword: string, docs: readonly Doc[], margin: number): Doc {
    if (docs.length === 0) return keyword;
    if (docs.length === 1) return cat(`${keyword} `, indent(margin - 2, docs[0]!));
    return group(keyword, indent(margin, line, separated(docs)));
  }

  #aggregate(items: readonly OrderedExpr[], groups: readonly GroupItem[], ordered: boolean, margin: number): Doc {
    const head = this.#listed(
      'aggregate',
      this.openItems(items, (item) => this.ordered(item)),
      margin,
    );
    if (groups.length === 0) return head;
    const keys = this.#listed(
      ordered ? 'group and order by' : 'group by',
      this.openItems(groups, (item) => this.groupItem(item)),
      2,
    );
    return group(head, indent(margin, line, keys));
  }

  #windowed(head: Doc, windows: readonly NamedWindow[], margin: number): Doc {
    return windows.length === 0 ? head : group(head, indent(margin, line, this.#windows(windows)));
  }

  #windows(windows: readonly NamedWindow[]): Doc {
    return this.#listed(
      'window',
      this.openItems(windows, (each) => this.namedWindow(each)),
      2,
    );
  }

  #names(names: readonly Name[]): Doc[] {
    return this.openItems(names, (name) => this.name(name));
  }

  #keys(keys: readonly OrderKey[]): Doc[] {
    return this.openItems(keys, (key) => this.orderKey(key));
  }

  #named(named: NamedQuery): Doc {
    return cat(`${this.name(named.name)} as `, this.parenthesised(named.query));
  }

  named(item: NamedExpr): Doc {
    return cat(this.expression(item.value), alias(item.name, this));
  }

  ordered(item: OrderedExpr): Doc {
    return cat(
      this.named(item),
      item.order === null ? '' : ` ${item.order}`,
      item.nulls === null ? '' : ` nulls ${item.nulls}`,
    );
  }

  groupItem(item: GroupItem): Doc {
    switch (item.kind) {
      case 'key':
        return this.ordered(item);
      case 'rollup':
      case 'cube':
        return cat(
          `${item.kind} `,
          this.bracketed('(', item.keys, ')', item.end, (key) => this.named(key)),
        );
      case 'grouping-sets':
        return group(
          'grouping sets (',
          indent(2, soft, separated(item.sets.map((set) => inParentheses(this.items(set, (key) => this.named(key)))))),
          soft,
          ')',
        );
      default:
        return assertNever(item);
    }
  }

  selectItem(item: SelectItem): Doc {
    if (item.kind === 'column') return this.named(item);
    const except = item.except.length === 0 ? '' : cat(' except ', inParentheses(this.#names(item.except)));
    const replace =
      item.replace.length === 0
        ? ''
        : cat(' replace ', inParentheses(this.items(item.replace, (named) => this.named(named))));
    return cat(item.qualifier === null ? '*' : `${this.name(item.qualifier)}.*`, except, replace);
  }

  join(stage: JoinStage, margin: number): Doc {
    const type = stage.type === 'inner' ? '' : `${stage.type} `;
    const head = cat(`${type}${stage.asof ? 'asof ' : ''}join `, this.table(stage.table));
    if (stage.on !== null) return group(head, indent(margin, line, 'on ', this.condition(stage.on)));
    if (stage.using !== null)
      return group(head, indent(margin, line, 'using ', inParentheses(this.#names(stage.using))));
    return head;
  }

  table(table: TableExpr): Doc {
    return cat(this.#tableBody(table), alias(table.alias, this));
  }

  #tableBody(table: TableExpr): Doc {
    switch (table.kind) {
      case 'dataset':
        return this.qualified(table.name);
      case 'values': {
        const end = table.rows.at(-1)?.end ?? table.start;
        const docs = this.items(table.rows, (row) => this.#row(row));
        return cat('values ', this.between('[', docs, ']', this.comments.nextToken(this.base + end) - this.base + 1));
      }
      case 'subquery':
        return this.parenthesised(table.query);
      case 'function':
        return this.expression(table.call);
      default:
        return assertNever(table);
    }
  }

  /** A row of a table of values stays on one line, as the table is read by columns; where its author broke it, it is broken. */
  #row(row: Expr): Doc {
    const doc = this.expression(row);
    return row.kind === 'object' ? (flat(doc) ?? doc) : doc;
  }

  sqlSelect(select: SqlSelect): Doc {
    const parts: Doc[] = [];
    if (select.with.length > 0)
      parts.push(
        cat(
          'with ',
          join(
            cat(',', newline),
            this.openItems(select.with, (named) => this.#named(named)),
          ),
        ),
      );
    parts.push(
      this.#listed(
        select.distinct ? 'select distinct' : 'select',
        this.openItems(select.items, (item) => this.selectItem(item)),
        2,
      ),
    );
    if (select.from.length > 0)
      parts.push(
        this.#listed(
          'from',
          this.openItems(select.from, (table) => this.table(table)),
          2,
        ),
      );
    for (const stage of select.joins) parts.push(this.item(stage, () => this.join(stage, 2)));
    if (select.where !== null) parts.push(group('where ', this.condition(select.where)));
    if (select.groups.length > 0)
      parts.push(
        this.#listed(
          'group by',
          this.openItems(select.groups, (item) => this.groupItem(item)),
          2,
        ),
      );
    if (select.having !== null) parts.push(group('having ', this.condition(select.having)));
    if (select.windows.length > 0) parts.push(this.#windows(select.windows));
    if (select.order.length > 0) parts.push(this.#listed('order by', this.#keys(select.order), 2));
    if (select.limit !== null)
      parts.push(
        cat(
          'limit ',
          this.expression(select.limit),
          select.offset === null ? '' : cat(' offset ', this.expression(select.offset)),
        ),
      );
    return join(line, parts);
  }
}

function alias(name: Name | null, printer: QueryPrinter): string {
  return name === null ? '' : ` as ${printer.name(name)}`;
}
