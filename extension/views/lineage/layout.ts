/** Where the boxes of the graph stand: laid out in layers, from left to right, in a worker of the page. */
import type ElkApi from 'elkjs/lib/elk-api.js';
import elk from 'elkjs/lib/elk-api.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Flow {
  readonly from: string;
  readonly to: string;
}

/** Boxes from which on a good place is found faster than the best. */
const MANY = 200;

export class Layout {
  readonly #script: string;
  #elk: Promise<InstanceType<typeof ElkApi.default>> | null = null;

  /** @param script address of elk-worker.js */
  constructor(script: string) {
    this.#script = script;
  }

  /** Boxes of one layer keep the order in which they are given where that crosses no more lines. */
  async place(boxes: ReadonlyMap<string, Size>, flows: readonly Flow[]): Promise<ReadonlyMap<string, Rect>> {
    if (boxes.size === 0) return new Map();
    const isLarge = boxes.size > MANY;
    this.#elk ??= this.#start();
    const placed = await (await this.#elk).layout({
      id: 'lineage',
      layoutOptions: {
        'elk.algorithm': 'layered',
        'elk.direction': 'RIGHT',
        'elk.edgeRouting': 'POLYLINE',
        'elk.layered.spacing.nodeNodeBetweenLayers': '64',
        'elk.layered.spacing.edgeNodeBetweenLayers': '20',
        'elk.spacing.nodeNode': '16',
        'elk.spacing.componentComponent': '32',
        'elk.layered.nodePlacement.strategy': isLarge ? 'BRANDES_KOEPF' : 'NETWORK_SIMPLEX',
        'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
        'elk.layered.thoroughness': isLarge ? '3' : '7',
      },
      children: [...boxes].map(([id, size]) => ({ id, ...size })),
      edges: flows
        .filter(({ from, to }) => from !== to)
        .map(({ from, to }) => ({ id: JSON.stringify([from, to]), sources: [from], targets: [to] })),
    });
    return new Map(
      (placed.children ?? []).map(({ id, x = 0, y = 0, width = 0, height = 0 }) => [id, { x, y, width, height }]),
    );
  }

  /** A page may only start workers from what it holds itself. */
  async #start(): Promise<InstanceType<typeof ElkApi.default>> {
    const text = await (await fetch(this.#script)).blob();
    const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    return new elk.default({ workerFactory: () => new Worker(url) });
  }
}
