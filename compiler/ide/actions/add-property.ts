import { kindNamed } from '../../semantics/declarations/registry.ts';
import { type Action, type ActionAsked, type ActionRule, hasProperty, withProperty } from './action.ts';

/** Properties that are needed, or that a lint asks for, with a value to begin with. */
export const addProperty: ActionRule = (asked) => {
  const { declared, problems } = asked;
  const rows = kindNamed(declared.symbol.kind)?.properties ?? {};
  const wanted = problems.flatMap(({ code }): readonly string[] => {
    if (code === 'swamp') return ['owner', 'retention'];
    if (code !== 'missing-property') return [];
    const needed = Object.entries(rows).flatMap(([name, { required }]) => (required ? name : []));
    // A source that pushes says what a row is; a lake where it lies.
    return [
      ...needed,
      ...(declared.symbol.kind === 'source' ? ['rows'] : []),
      ...(declared.symbol.kind === 'store' ? ['path'] : []),
    ];
  });
  return [...new Set(wanted)].flatMap((name): readonly Action[] => {
    const value = hasProperty(asked, name) ? null : beginning(name, asked);
    if (value === null) return [];
    return [{ title: `Add \`${name}: ${value}\``, kind: 'quickfix', edits: [withProperty(asked, name, value)] }];
  });
};

function beginning(name: string, { workspace, declared: { symbol } }: ActionAsked): string | null {
  switch (name) {
    case 'owner':
      return `'${ownerOf(workspace) ?? 'data@example.com'}'`;
    case 'retention':
      return '1y';
    case 'rows':
      return 'events';
    case 'path':
      return `'.pipec/${symbol.name}'`;
    case 'target':
      return workspace.names('target')[0] ?? null;
    case 'engine':
      return `duckdb(path: '.pipec/${symbol.name}.duckdb')`;
    case 'builds': {
      const [first] = workspace.catalog.order.filter((each) => workspace.symbol('dataset', each)?.kind === 'table');
      return first === undefined ? null : `[${first}]`;
    }
    default:
      return null;
  }
}

/** Who answers for the project. */
export function ownerOf(workspace: ActionAsked['workspace']): string | null {
  const project = workspace.symbols.find(({ namespace }) => namespace === 'project');
  const owner =
    project === undefined
      ? undefined
      : workspace.declaration(project).tree.properties.find(({ name }) => name.text === 'owner')?.value;
  return owner?.kind === 'string' && !/['\\]/.test(owner.value) ? owner.value : null;
}
