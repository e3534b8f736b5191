/** The graph of the overview: a dataset under the pointer or in focus shows its whole path, up and down. */
export function overviewGraph(): void {
  const graph = document.querySelector('.lineage');
  if (graph === null) return;
  const flows = [...graph.querySelectorAll<SVGElement>('.flow')];
  const nodes = [...graph.querySelectorAll<SVGElement>('.node')];
  const reach = (id: string, from: 'from' | 'to', to: 'from' | 'to'): Set<string> => {
    const seen = new Set([id]);
    const queue = [id];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const { dataset } of flows) {
        const next = dataset[to];
        if (dataset[from] !== at || next === undefined || seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
      }
    }
    return seen;
  };
  const focus = (id: string | null): void => {
    graph.classList.toggle('focus', id !== null);
    if (id === null) return;
    const up = reach(id, 'to', 'from');
    const down = reach(id, 'from', 'to');
    for (const node of nodes) {
      const name = node.dataset['id'] ?? '';
      node.classList.toggle('on', up.has(name) || down.has(name));
    }
    for (const flow of flows) {
      const { from = '', to = '' } = flow.dataset;
      flow.classList.toggle('on', (up.has(from) && up.has(to)) || (down.has(from) && down.has(to)));
    }
  };
  for (const node of nodes) {
    const id = node.dataset['id'] ?? null;
    node.addEventListener('pointerenter', () => focus(id));
    node.addEventListener('pointerleave', () => focus(null));
    node.addEventListener('focus', () => focus(id));
    node.addEventListener('blur', () => focus(null));
  }
}
