/** Prints expressions, types and properties. Parentheses are in the tree, so the order of words is all there is to keep. */

import type {
  Annotation,
  Argument,
  BinaryExpr,
  BinaryOperator,
  CallExpr,
  ChecksBody,
  DurationUnit,
  Expr,
  FrameBound,
  NamedWindow,
  OrderKey,
  Property,
  Query,
  SqlSelect,
  TypeExpr,
  WindowSpec,
} from '../ast.ts';
import { assertNever } from '../ast.ts';
import { typeWords } from '../tokens.ts';
import type { Doc } from './doc.ts';
import { breaks, cat, either, flat, group, indent, join, line, soft } from './doc.ts';
import type { Located } from './printer.ts';
import { columnWidth, inARow, Printer, separated } from './printer.ts';

const types = new Set<string>(typeWords);
const units: Readonly<Record<DurationUnit, string>> = {
  ms: 'millisecond',
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};
const levels: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  '=': 4,
  '<>': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '||': 5,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
  '%': 7,
};

export abstract class ExpressionPrinter extends Printer {
  abstract query(query: Query | SqlSelect): Doc;
  abstract checks(body: ChecksBody): Doc;

  type(type: TypeExpr): Doc {
    const lower = type.name.text.toLowerCase();
    const name = types.has(lower) ? lower : this.name(type.name);
    const args =
      type.args.length === 0
        ? ''
        : cat(
            '(',
            join(
              ', ',
              type.args.map((arg) => this.expression(arg)),
            ),
            ')',
          );
    const element = type.element === null ? '' : cat('<', this.type(type.element), '>');
    return cat(name, element, args, type.nullable ? '?' : '');
  }

  expression(expr: Expr): Doc {
    switch (expr.kind) {
      case 'missing':
        return '';
      case 'name':
        return this.qualified(expr.name);
      case 'star-argument':
        return '*';
      case 'null':
        return 'null';
      case 'bool':
        return String(expr.value);
      case 'number': {
        const text = this.slice(expr).toLowerCase();
        return text.startsWith('.') ? `0${text}` : text;
      }
      case 'string':
        return this.slice(expr);
      case 'date-literal':
        return `${expr.type} ${/(?:r?['"]|""")[\s\S]*$/i.exec(this.slice(expr))![0]}`;
      case 'duration':
        return expr.sqlInterval ? `interval ${expr.count} ${units[expr.unit]}` : this.slice(expr);
      case 'interval':
        return cat('interval ', this.expression(expr.count), ` ${expr.unit}`);
      case 'sql':
        return this.slice(expr);
      case 'list':
        return this.bracketed('[', expr.items, ']', expr.end, (item) => this.expression(item));
      case 'object':
        return this.object(expr.properties, expr);
      case 'unary':
        return this.#unary(expr.operator, expr.operand);
      case 'binary':
        return group(this.#chain(expr));
      case 'is':
        return cat(
          this.expression(expr.left),
          expr.negated ? ' is not ' : ' is ',
          expr.right === null ? expr.test : cat('distinct from ', this.expression(expr.right)),
        );
      case 'between':
        return cat(
          this.expression(expr.value),
          not(expr.negated),
          ' between ',
          this.expression(expr.low),
          ' and ',
          this.expression(expr.high),
        );
      case 'in':
        return cat(this.expression(expr.value), not(expr.negated), ' in ', this.#inItems(expr.items, expr.end));
      case 'like':
        return cat(
          this.expression(expr.value),
          not(expr.negated),
          expr.caseInsensitive ? ' ilike ' : ' like ',
          this.expression(expr.pattern),
        );
      case 'case':
        return this.#case(expr);
      case 'cast':
        return group(expr.safe ? 'try_cast(' : 'cast(', this.expression(expr.value), ' as ', this.type(expr.type), ')');
      case 'extract':
        return cat(
          'extract(',
          expr.field.text.toLowerCase(),
          ' from ',
          this.expression(expr.value),
          expr.zone === null ? '' : cat(' at time zone ', this.expression(expr.zone)),
          ')',
        );
      case 'call':
        return this.call(expr);
      case 'index':
        return cat(this.expression(expr.value), '[', this.expression(expr.index), ']');
      case 'paren':
        return group('(', indent(2, soft, this.expression(expr.inner)), soft, ')');
      case 'query-expr':
        return cat(expr.exists ? 'exists ' : '', this.parenthesised(expr.query));
      default:
        return assertNever(expr);
    }
  }

  parenthesised(query: Query | SqlSelect): Doc {
    return group(
      '(',
      indent(
        2,
        soft,
        this.item(query, () => this.query(query)),
      ),
      soft,
      ')',
    );
  }

  #unary(operator: '-' | '+' | 'not', operand: Expr): Doc {
    if (operator === 'not') return cat('not ', this.expression(operand));
    // Two signs would make a comment.
    return cat(operator, operand.kind === 'unary' && operand.operator !== 'not' ? ' ' : '', this.expression(operand));
  }

  /** Operators of one level are one list: a tree of a thousand `+` is deep, its line is not. */
  #chain(expr: BinaryExpr): Doc {
    const level = levels[expr.operator];
    const rest: { operator: string; operand: Expr }[] = [];
    let first: Expr = expr;
    while (first.kind === 'binary' && levels[first.operator] === level) {
      rest.push({ operator: first.operator, operand: first.right });
      first = first.left;
    }
    rest.reverse();
    // What is above the first operand is above the whole, so it is not looked for here.
    const head = cat(this.expression(first), this.comments.behind(this.base + first.end));
    const tail = rest.map(({ operator, operand }, at) => {
      return cat(
        line,
        this.item(operand, () => this.expression(operand), false, at < rest.length - 1, `${operator} `),
      );
    });
    return cat(head, indent(2, ...tail));
  }

  /** The condition of a `where` or `on`: broken lines stand under the keyword. */
  condition(expr: Expr): Doc {
    return expr.kind === 'binary' ? this.#chain(expr) : this.expression(expr);
  }

  #inItems(items: readonly Expr[] | Query | SqlSelect, end: number): Doc {
    return 'kind' in items
      ? this.parenthesised(items)
      : this.bracketed('(', items, ')', end, (item) => this.expression(item));
  }

  #case(expr: Extract<Expr, { kind: 'case' }>): Doc {
    const branches = expr.branches.map((branch) =>
      this.item({ start: branch.when.start, end: branch.then.end }, () =>
        cat('when ', this.expression(branch.when), ' then ', this.expression(branch.then)),
      ),
    );
    const otherwise = expr.otherwise;
    if (otherwise !== null) branches.push(this.item(otherwise, () => this.expression(otherwise), false, true, 'else '));
    const subject = expr.subject === null ? '' : cat(' ', this.expression(expr.subject));
    return group('case', subject, indent(2, ...branches.flatMap((branch) => [line, branch])), line, 'end');
  }

  call(call: CallExpr): Doc {
    const last = call.name.parts.at(-1)!;
    const lower = last.text.toLowerCase();
    const name = call.name.parts.length === 1 && this.options.isBuiltin(lower) ? lower : this.qualified(call.name);
    const docs = this.items(call.args, (arg) => this.argument(arg));
    if (call.order.length > 0)
      docs.push(
        cat(docs.pop() ?? '', line, 'order by ', inARow(this.openItems(call.order, (key) => this.orderKey(key)))),
      );
    if (call.nulls !== null) docs.push(cat(docs.pop() ?? '', ` ${call.nulls} nulls`));
    if (call.distinct) docs[0] = cat('distinct ', docs[0] ?? '');
    const only = call.args[0];
    const isQuery =
      call.args.length === 1 &&
      only!.value.kind === 'query-expr' &&
      !only!.value.exists &&
      only!.name === null &&
      only!.value.start === only!.start &&
      this.text[this.base + only!.start] === '(';
    const hugs =
      call.args.length === 1 &&
      only!.name === null &&
      (only!.value.kind === 'object' || only!.value.kind === 'list') &&
      !breaks(docs[0]!);
    const args =
      isQuery && flat(docs[0]!) === null
        ? cat('(', docs[0]!, ')')
        : hugs
          ? cat('(', docs[0]!, ')')
          : group('(', indent(2, soft, separated(docs)), soft, ')');
    const filter = call.filter === null ? '' : cat(' filter (where ', this.expression(call.filter), ')');
    return cat(
      name,
      docs.length === 0 ? '()' : args,
      filter,
      call.over === null ? '' : cat(' over ', this.window(call.over)),
    );
  }

  argument(arg: Argument): Doc {
    return arg.name === null ? this.expression(arg.value) : cat(`${this.name(arg.name)}: `, this.expression(arg.value));
  }

  annotation(annotation: Annotation): Doc {
    return cat(
      `@${annotation.name.text}`,
      annotation.args.length === 0
        ? ''
        : this.bracketed('(', annotation.args, ')', annotation.end, (arg) => this.argument(arg)),
    );
  }

  orderKey(key: OrderKey): Doc {
    return cat(
      this.expression(key.value),
      key.order === null ? '' : ` ${key.order}`,
      key.nulls === null ? '' : ` nulls ${key.nulls}`,
    );
  }

  /** After `over`: a named window alone stands without parentheses. */
  window(window: WindowSpec): Doc {
    const { base, partition, order, frame } = window;
    const isName = base !== null && partition.length === 0 && order.length === 0 && frame === null;
    return isName ? this.name(base) : this.#inWindow(window);
  }

  #inWindow(window: WindowSpec): Doc {
    const parts: Doc[] = window.base === null ? [] : [this.name(window.base)];
    if (window.partition.length > 0)
      parts.push(cat('partition by ', inARow(this.openItems(window.partition, (key) => this.expression(key)))));
    if (window.order.length > 0)
      parts.push(cat('order by ', inARow(this.openItems(window.order, (key) => this.orderKey(key)))));
    const frame = window.frame;
    if (frame !== null) {
      const from = this.frameBound(frame.from);
      parts.push(
        frame.to === null
          ? cat(`${frame.unit} `, from)
          : cat(`${frame.unit} between `, from, ' and ', this.frameBound(frame.to)),
      );
    }
    return group('(', indent(2, soft, join(line, parts)), soft, ')');
  }

  namedWindow({ name, window }: NamedWindow): Doc {
    return cat(`${this.name(name)} as `, this.#inWindow(window));
  }

  frameBound(bound: FrameBound): Doc {
    switch (bound.kind) {
      case 'unbounded-preceding':
        return 'unbounded preceding';
      case 'unbounded-following':
        return 'unbounded following';
      case 'current-row':
        return 'current row';
      case 'preceding':
      case 'following':
        return cat(this.expression(bound.offset!), ` ${bound.kind}`);
      default:
        return assertNever(bound.kind);
    }
  }

  // ------------------------------------------------------------------------------------------ properties

  object(properties: readonly Property[], span: Located): Doc {
    const opened = this.isOpened(properties[0]);
    const width = columnWidth(
      properties.flatMap((property) =>
        property.value.kind === 'checks-body' ? [] : [this.name(property.name).length],
      ),
    );
    const docs = properties.map((property) => this.item(property, () => this.property(property, width)));
    return this.braces(properties, docs, opened, span.end - 1);
  }

  property(property: Property, width = 0): Doc {
    if (property.value.kind === 'checks-body') return cat('checks ', this.checks(property.value));
    const key = this.name(property.name);
    return cat(
      `${key}:`,
      either(' '.repeat(Math.max(0, width - key.length)), ''),
      ' ',
      this.expression(property.value),
    );
  }
}

const not = (negated: boolean): string => (negated ? ' not' : '');
