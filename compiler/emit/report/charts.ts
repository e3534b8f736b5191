/**
 * A chart for a dataset, chosen by its row type: places on a map, values over time, values by category. Which rows it needs
 * is part of the choice. Drawn to SVG by echarts on this side, so that the page needs no library; colours are CSS variables
 * of the page, and each mark comes with its place and its words, for the page to show under the pointer.
 */
import type { EChartsOption } from 'echarts';
import type { ColumnPlan, DatasetPlan } from '../../../runtime/plan.ts';
import type { ChartMark, DrawnChart, Preview } from './input.ts';

/** Columns by their position in the dataset. */
export type ChartChoice = ChartRows &
  (
    | {
        readonly kind: 'map';
        readonly latitude: number;
        readonly longitude: number;
        readonly size: number;
        readonly color: number;
        readonly label: number;
      }
    | { readonly kind: 'line'; readonly time: number; readonly series: number | null; readonly measure: number }
    | { readonly kind: 'bar'; readonly category: readonly number[]; readonly measure: number }
  );

/** The rows that a chart shows: the first `limit` in this order. */
interface ChartRows {
  readonly order: readonly { readonly column: string; readonly order: 'asc' | 'desc' }[];
  readonly limit: number;
}

const MOST_PLACES = 2000;
const MOST_POINTS = 5000;
const MOST_BARS = 20;
const MOST_SERIES = 7;
/** As many values of an axis that has an order of its own, such as hours of the day, are shown in that order. */
const ORDERED_BARS = 31;
const LATITUDE = /^lat(itude)?$/;
const LONGITUDE = /^(lon|lng|long|longitude)$/;

const isNumber = (column: ColumnPlan | undefined): boolean => /^(int64|float64|decimal)/.test(column?.type ?? '');
const isText = (column: ColumnPlan | undefined): boolean => column?.type === 'string';
const isTime = (column: ColumnPlan | undefined): boolean => column?.type === 'date' || column?.type === 'timestamp';
/** A mean or a share says more than a count, so decimals and floats come first. */
const isRatio = (column: ColumnPlan | undefined): boolean => /^(float64|decimal)/.test(column?.type ?? '');

/** The chart that fits the row type, or null where a table says more. `rows` is how many there are, where that is known. */
export function chooseChart(dataset: DatasetPlan, rows: number | null): ChartChoice | null {
  const { columns, key } = dataset;
  const at = (index: number): ColumnPlan | undefined => columns[index];
  const named = (name: string): number => columns.findIndex((column) => column.name === name);
  const latitude = columns.findIndex((column) => LATITUDE.test(column.name));
  const longitude = columns.findIndex((column) => LONGITUDE.test(column.name));
  const measures = columns.flatMap((column, index) =>
    isNumber(column) && !key.includes(column.name) && index !== latitude && index !== longitude ? [index] : [],
  );
  // What the program sorts by first is what it is about.
  const first = named(dataset.order[0]?.column ?? '');
  const sorted = measures.includes(first) ? first : undefined;
  const ratio = measures.find((index) => isRatio(at(index)));
  const measure = sorted ?? ratio ?? measures[0];
  if (measure === undefined || (rows !== null && rows < 2)) return null;

  if (latitude >= 0 && longitude >= 0) {
    const label = columns.findIndex(isText);
    const size = measures.find((index) => !isRatio(at(index))) ?? measure;
    const order = [{ column: at(size)?.name ?? '', order: 'desc' as const }];
    return {
      kind: 'map',
      latitude,
      longitude,
      size,
      color: ratio ?? measure,
      label: Math.max(0, label),
      order,
      limit: MOST_PLACES,
    };
  }

  const axis = key.length > 0 ? key.map(named) : columns.flatMap((_, i) => (isNumber(at(i)) ? [] : [i])).slice(0, 1);
  const [time] = axis.filter((index) => isTime(at(index)));
  const categories = axis.filter((index) => index !== time);
  if (axis.length === 0 || axis.length > 2 || categories.length > 2) return null;
  const few = rows !== null && rows <= ORDERED_BARS;
  if (time !== undefined && !(few && sorted !== undefined)) {
    const order = [{ column: at(time)?.name ?? '', order: 'asc' as const }];
    return { kind: 'line', time, series: categories[0] ?? null, measure: sorted ?? measure, order, limit: MOST_POINTS };
  }
  const best = { column: at(measure)?.name ?? '', order: 'desc' as const };
  const own =
    dataset.order.length > 0 ? dataset.order : few ? key.map((column) => ({ column, order: 'asc' as const })) : [best];
  return { kind: 'bar', category: axis, measure, order: own, limit: few ? ORDERED_BARS : MOST_BARS };
}

/** Draws the chart, `width` by `height` pixels. Null where the rows have nothing to show. */
export async function drawChart(
  choice: ChartChoice,
  dataset: DatasetPlan,
  rows: Preview,
  width: number,
  height: number,
): Promise<DrawnChart | null> {
  if (rows.rows.length < 2) return null;
  const echarts = await loadEcharts();
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    const { option, points, nearest } = optionOf(choice, dataset, rows);
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'inherit', fontSize: 11, color: 'var(--ink-2)' },
      ...option,
    });
    const svg = chart.renderToSVGString();
    const marks = points.flatMap(({ value, row }): ChartMark[] => {
      const place = chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [...value]) as unknown as number[] | null;
      const [x, y] = place ?? [];
      if (x === undefined || y === undefined || Number.isNaN(x) || Number.isNaN(y)) return [];
      return [{ x: Math.round(x), y: Math.round(y), row }];
    });
    return { svg, width, height, nearest, measure: measureOf(choice, dataset), marks, rows: rows.rows };
  } finally {
    chart.dispose();
  }
}

async function loadEcharts(): Promise<typeof import('echarts/core')> {
  const [core, charts, components, renderers] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  core.use([
    charts.LineChart,
    charts.BarChart,
    charts.ScatterChart,
    components.GridComponent,
    components.VisualMapComponent,
    renderers.SVGRenderer,
  ]);
  return core;
}

/** `late percent`; of a map what colours and sizes say. */
function measureOf(choice: ChartChoice, dataset: DatasetPlan): string {
  const words = (index: number): string => dataset.columns[index]?.name.replaceAll('_', ' ') ?? '';
  if (choice.kind !== 'map') return words(choice.measure);
  return choice.color === choice.size
    ? words(choice.size)
    : `colour: ${words(choice.color)}, size: ${words(choice.size)}`;
}

interface Drawing {
  readonly nearest: DrawnChart['nearest'];
  readonly option: EChartsOption;
  /** In the chart's own coordinates; `row` is the row it shows. */
  readonly points: readonly { readonly value: readonly (string | number)[]; readonly row: number }[];
}

const numberOf = (cell: string | null | undefined): number | null =>
  cell === null || cell === undefined ? null : Number(cell);

const axisStyle = {
  axisLine: { lineStyle: { color: 'var(--line)' } },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: 'var(--line)', width: 1 } },
  axisLabel: { color: 'var(--ink-2)', fontSize: 11, hideOverlap: true },
} as const;

function optionOf(choice: ChartChoice, dataset: DatasetPlan, preview: Preview): Drawing {
  switch (choice.kind) {
    case 'line':
      return lines(choice, preview);
    case 'bar':
      return bars(choice, dataset, preview);
    case 'map':
      return places(choice, preview);
  }
}

function lines(choice: ChartChoice & { kind: 'line' }, preview: Preview): Drawing {
  const { time, series, measure } = choice;
  const bySeries = new Map<string, number[]>();
  preview.rows.forEach((row, index) => {
    const name = series === null ? '' : (row[series] ?? 'null');
    bySeries.set(name, [...(bySeries.get(name) ?? []), index]);
  });
  // Those that are there all the time, the largest first.
  const total = (rows: readonly number[]): number =>
    rows.reduce((sum, row) => sum + Math.abs(numberOf(preview.rows[row]?.[measure]) ?? 0), 0);
  const shown = [...bySeries]
    .sort((a, b) => b[1].length - a[1].length || total(b[1]) - total(a[1]))
    .slice(0, MOST_SERIES);
  const value = (row: number): [string, number | null] => [
    preview.rows[row]?.[time] ?? '',
    numberOf(preview.rows[row]?.[measure]),
  ];
  return {
    nearest: 'moment',
    option: {
      grid: { left: 4, right: series === null ? 10 : 64, top: 10, bottom: 4, outerBoundsMode: 'same' },
      xAxis: { type: 'time', ...axisStyle, splitLine: { show: false }, splitNumber: 5 },
      yAxis: { type: 'value', scale: true, ...axisStyle, splitNumber: 4 },
      series: shown.map(([name, rows], index) => ({
        type: 'line' as const,
        showSymbol: false,
        lineStyle: { width: 1.7, color: `var(--series-${index + 1})` },
        ...(series === null
          ? { areaStyle: { color: 'var(--series-1)', opacity: 0.09, origin: 'start' as const } }
          : {}),
        ...(series === null
          ? {}
          : {
              endLabel: {
                show: true,
                formatter: clipped(name, 9),
                color: `var(--series-${index + 1})`,
                fontSize: 11,
                distance: 5,
              },
              labelLayout: { moveOverlap: 'shiftY' as const },
            }),
        data: rows.map(value),
      })),
    },
    points: shown.flatMap(([, rows]) =>
      rows.map((row) => ({ value: value(row).map((part) => part ?? Number.NaN), row })),
    ),
  };
}

function bars(choice: ChartChoice & { kind: 'bar' }, dataset: DatasetPlan, preview: Preview): Drawing {
  const { category, measure } = choice;
  // A number that the row itself has a name for, such as a day of the week.
  const [only, ...more] = category;
  const spoken = more.length === 0 && isNumber(dataset.columns[only ?? 0]) ? dataset.columns.findIndex(isText) : -1;
  const label = (row: Preview['rows'][number]): string =>
    (spoken >= 0 ? [spoken] : category).map((index) => row[index] ?? 'null').join(' → ');
  const labels = preview.rows.map(label);
  // Short labels of an axis with an order of its own stand below; names stand at the side, where they can be read.
  const upright = labels.every((text) => text.length <= 4) && isNumber(dataset.columns[category[0] ?? 0]);
  const named = { type: 'category' as const, data: labels, ...axisStyle, splitLine: { show: false } };
  const value = { type: 'value' as const, ...axisStyle, splitNumber: 4 };
  const series = {
    type: 'bar' as const,
    barMaxWidth: 18,
    barCategoryGap: '28%',
    itemStyle: { color: 'var(--series-1)', borderRadius: 2 },
    data: preview.rows.map((row) => numberOf(row[measure])),
  };
  const option: EChartsOption = upright
    ? {
        grid: { left: 4, right: 6, top: 10, bottom: 4, outerBoundsMode: 'same' },
        xAxis: named,
        yAxis: value,
        series: [series],
      }
    : {
        grid: { left: 10, right: 18, top: 4, bottom: 4, outerBoundsMode: 'same' },
        xAxis: value,
        yAxis: {
          ...named,
          inverse: true,
          axisLabel: { ...axisStyle.axisLabel, interval: 0, width: 150, overflow: 'truncate' },
        },
        series: [series],
      };
  return {
    nearest: upright ? 'across' : 'down',
    option,
    points: preview.rows.map((row, index) => {
      const length = numberOf(row[measure]) ?? 0;
      return { value: upright ? [index, length] : [length, index], row: index };
    }),
  };
}

function places(choice: ChartChoice & { kind: 'map' }, preview: Preview): Drawing {
  const rows = preview.rows.flatMap((row, index) => {
    const [x, y] = [numberOf(row[choice.longitude]), numberOf(row[choice.latitude])];
    return x === null || y === null
      ? []
      : [{ index, x, y, size: numberOf(row[choice.size]) ?? 0, color: numberOf(row[choice.color]) ?? 0 }];
  });
  const largest = Math.max(1, ...rows.map(({ size }) => size));
  const colors = rows.map(({ color }) => color).sort((a, b) => a - b);
  const low = colors[Math.floor(colors.length * 0.05)] ?? 0;
  const high = colors[Math.floor(colors.length * 0.95)] ?? 1;
  const [across, up] = [frame(rows.map(({ x }) => x)), frame(rows.map(({ y }) => y))];
  const inside = rows.filter(({ x, y }) => x >= across.min && x <= across.max && y >= up.min && y <= up.max);
  return {
    nearest: 'place',
    option: {
      grid: { left: 8, right: 8, top: 8, bottom: 26 },
      xAxis: { type: 'value', show: false, ...across },
      yAxis: { type: 'value', show: false, ...up },
      visualMap: {
        min: low,
        max: high,
        dimension: 3,
        orient: 'horizontal',
        left: 0,
        bottom: 0,
        itemWidth: 9,
        itemHeight: 110,
        calculable: false,
        text: [String(high), String(low)],
        textStyle: { color: 'var(--ink-2)', fontSize: 11 },
        inRange: { color: ['#1a9e96', '#e5c35f', '#d9553f'] },
      },
      series: [
        {
          type: 'scatter',
          itemStyle: { opacity: 0.82 },
          symbolSize: (point: readonly number[]) => 4 + 24 * Math.sqrt((point[2] ?? 0) / largest),
          data: inside.map(({ x, y, size, color }) => [x, y, size, color]),
        },
      ],
    },
    points: inside.map(({ x, y, index }) => ({ value: [x, y], row: index })),
  };
}

/** The range that frames most values: Tukey's fences, so that one far island does not squeeze the rest into a corner. */
function frame(values: readonly number[]): { readonly min: number; readonly max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor(sorted.length * 0.25)] ?? 0;
  const high = sorted[Math.floor(sorted.length * 0.75)] ?? 1;
  const fence = (high - low) * 1.5;
  const inside = sorted.filter((value) => value >= low - fence && value <= high + fence);
  const [first = low, last = high] = [inside[0], inside[inside.length - 1]];
  const margin = (last - first) * 0.04 || 1;
  return { min: first - margin, max: last + margin };
}

const clipped = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;
