/** Where the boxes of the graph stand: laid out in layers, from left to right, in a worker of the page. */
import type { default as ElkApi, ElkExtendedEdge } from 'elkjs/lib/elk-api.js';
import elk from 'elkjs/lib/elk-api.js';
import type { Flow, Point, Rect, Size } from '../camera.ts';

/** Boxes from which on a good place is found faster than the best. */
const MANY = 200;

/** Shorter lines have no boxes in their way. */
const LONG = 190;

export interface Placed {
  readonly places: ReadonlyMap<string, Rect>;
  /** Points through which a line goes around the boxes in its way, by `flowKey`. */
  readonly bends: ReadonlyMap<string, readonly Point[]>;
}

export const flowKey = ({ from, to }: Flow): string => JSON.stringify([from, to]);

export class Layout {
  readonly #script: string;
  #elk: Promise<InstanceType<typeof ElkApi.default>> | null = null;

  /** @param script address of elk-worker.js */
  constructor(script: string) {
    this.#script = script;
  }

  /** Boxes of one layer keep the order in which they are given where that crosses no more lines. */
  async place(boxes: ReadonlyMap<string, Size>, flows: readonly Flow[]): Promise<Placed> {
    if (boxes.size === 0) return { places: new Map(), bends: new Map() };
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
        // To keep the order in which boxes are given takes ten times as long as all else, of a thousand of them.
        'elk.layered.considerModelOrder.strategy': isLarge ? 'NONE' : 'NODES_AND_EDGES',
        'elk.layered.thoroughness': isLarge ? '1' : '7',
      },
      children: [...boxes].map(([id, size]) => ({ id, ...size })),
      edges: flows
        .filter(({ from, to }) => from !== to)
        .map((flow) => ({ id: flowKey(flow), sources: [flow.from], targets: [flow.to] })),
    });
    return {
      places: new Map(
        (placed.children ?? []).map(({ id, x = 0, y = 0, width = 0, height = 0 }) => [id, { x, y, width, height }]),
      ),
      bends: new Map(
        (placed.edges as ElkExtendedEdge[]).flatMap(({ id, sections }) => {
          const section = sections?.[0];
          if (section === undefined || section.endPoint.x - section.startPoint.x < LONG) return [];
          return [[id, section.bendPoints ?? []]];
        }),
      ),
    };
  }

  /** A page may only start workers from what it holds itself. */
  async #start(): Promise<InstanceType<typeof ElkApi.default>> {
    const text = await (await fetch(this.#script)).blob();
    const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    return new elk.default({ workerFactory: () => new Worker(url) });
  }
}
