/**
 * A chart for a dataset, chosen by its row type: places on a map, values over time, values by category.
 * Drawn to SVG by echarts on this side, so that the page needs no script. Colours are CSS variables of the page.
 */
import type { EChartsOption } from 'echarts';
import type { ColumnPlan, DatasetPlan } from '../../../runtime/plan.ts';
import type { Preview } from './input.ts';

/** Which columns a chart shows and how. */
export type ChartChoice =
  | {
      readonly kind: 'map';
      readonly latitude: number;
      readonly longitude: number;
      readonly size: number;
      readonly color: number | null;
      readonly label: number;
    }
  | { readonly kind: 'line'; readonly time: number; readonly measure: number }
  | { readonly kind: 'bar'; readonly category: readonly number[]; readonly measure: number };

const MOST_BARS = 24;
const LATITUDE = /^lat(itude)?$/;
const LONGITUDE = /^(lon|lng|long|longitude)$/;

const isNumber = (column: ColumnPlan): boolean => /^(int64|float64|decimal)/.test(column.type);
const isTime = (column: ColumnPlan): boolean => column.type === 'date' || column.type === 'timestamp';
/** A mean or a share says more than a count, so decimals and floats come first. */
const isRatio = (column: ColumnPlan): boolean => /^(float64|decimal)/.test(column.type);

/** The chart that fits the row type, or null where a table says more. */
export function chooseChart(dataset: DatasetPlan, preview: Preview): ChartChoice | null {
  const columns = dataset.columns;
  if (preview.rows.length < 2) return null;
  const latitude = columns.findIndex((column) => LATITUDE.test(column.name));
  const longitude = columns.findIndex((column) => LONGITUDE.test(column.name));
  const isKey = (column: ColumnPlan): boolean => dataset.key.includes(column.name);
  const measures = columns.flatMap((column, index) =>
    isNumber(column) && !isKey(column) && index !== latitude && index !== longitude ? [index] : [],
  );
  const ratio = measures.find((index) => isRatio(columns[index] as ColumnPlan));
  const measure = ratio ?? measures[0];
  if (measure === undefined) return null;
  if (latitude >= 0 && longitude >= 0) {
    const label = Math.max(
      0,
      columns.findIndex((column) => column.type === 'string'),
    );
    const size = measures[0] ?? measure;
    return { kind: 'map', latitude, longitude, size, color: measure === size ? null : measure, label };
  }
  const keys = columns.flatMap((column, index) => (isKey(column) ? [index] : []));
  const axis =
    keys.length > 0 ? keys : columns.flatMap((column, index) => (!isNumber(column) ? [index] : [])).slice(0, 1);
  const first = columns[axis[0] ?? -1];
  if (first === undefined) return null;
  if (axis.length === 1 && isTime(first)) return { kind: 'line', time: axis[0] as number, measure };
  return axis.length <= 2 && !axis.some((index) => isTime(columns[index] as ColumnPlan))
    ? { kind: 'bar', category: axis, measure }
    : null;
}

/** Draws the chart as an SVG text of the size given, in pixels. */
export async function drawChart(
  choice: ChartChoice,
  dataset: DatasetPlan,
  preview: Preview,
  width: number,
  height: number,
): Promise<string> {
  const echarts = await loadEcharts();
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'inherit', fontSize: 11, color: 'var(--ink-2)' },
      ...optionOf(choice, dataset, preview),
    });
    return chart.renderToSVGString();
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

const number = (cell: string | null | undefined): number | null =>
  cell === null || cell === undefined ? null : Number(cell);
const axisStyle = {
  axisLine: { lineStyle: { color: 'var(--line)' } },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: 'var(--line)', width: 1 } },
  axisLabel: { color: 'var(--ink-2)', fontSize: 11, hideOverlap: true },
  nameTextStyle: { color: 'var(--ink-2)', fontSize: 11, align: 'left' as const },
} as const;

function optionOf(choice: ChartChoice, dataset: DatasetPlan, preview: Preview): EChartsOption {
  const name = (index: number): string => dataset.columns[index]?.name.replaceAll('_', ' ') ?? '';
  switch (choice.kind) {
    case 'line':
      return {
        grid: { left: 8, right: 12, top: 26, bottom: 4, outerBoundsMode: 'same' },
        xAxis: { type: 'time', ...axisStyle, splitLine: { show: false } },
        yAxis: { type: 'value', scale: true, name: name(choice.measure), ...axisStyle },
        series: [
          {
            type: 'line',
            showSymbol: false,
            lineStyle: { width: 1.8, color: 'var(--accent)' },
            areaStyle: { color: 'var(--accent)', opacity: 0.1, origin: 'start' },
            data: preview.rows.map((row) => [row[choice.time] ?? '', number(row[choice.measure])]),
          },
        ],
      };
    case 'bar': {
      const rows = preview.rows.slice(0, MOST_BARS);
      const labels = rows.map((row) => choice.category.map((index) => row[index] ?? '').join(' → '));
      const flat = labels.every((label) => label.length <= 4);
      const category = { type: 'category' as const, data: labels, ...axisStyle, splitLine: { show: false } };
      const value = { type: 'value' as const, ...axisStyle };
      const bars = {
        type: 'bar' as const,
        barMaxWidth: 22,
        itemStyle: { color: 'var(--accent)', borderRadius: 2 },
        data: rows.map((row) => number(row[choice.measure])),
      };
      return flat
        ? {
            grid: { left: 8, right: 8, top: 26, bottom: 4, outerBoundsMode: 'same' },
            xAxis: category,
            yAxis: { ...value, name: name(choice.measure) },
            series: [bars],
          }
        : {
            grid: { left: 8, right: 24, top: 8, bottom: 20, outerBoundsMode: 'same' },
            xAxis: { ...value, name: name(choice.measure), nameLocation: 'middle', nameGap: 26 },
            yAxis: {
              ...category,
              inverse: true,
              axisLabel: { ...axisStyle.axisLabel, interval: 0, width: 190, overflow: 'truncate' },
            },
            series: [bars],
          };
    }
    case 'map': {
      const rows = preview.rows.filter((row) => row[choice.latitude] !== null && row[choice.longitude] !== null);
      const largest = Math.max(1, ...rows.map((row) => number(row[choice.size]) ?? 0));
      const values = rows.map((row) => number(row[choice.color ?? choice.size]) ?? 0).sort((a, b) => a - b);
      const low = values[Math.floor(values.length * 0.05)] ?? 0;
      const high = values[Math.floor(values.length * 0.95)] ?? 1;
      return {
        grid: { left: 6, right: 6, top: 6, bottom: 34 },
        xAxis: { type: 'value', show: false, ...frame(rows.map((row) => number(row[choice.longitude]) ?? 0)) },
        yAxis: { type: 'value', show: false, ...frame(rows.map((row) => number(row[choice.latitude]) ?? 0)) },
        visualMap: {
          min: low,
          max: high,
          dimension: 3,
          orient: 'horizontal',
          left: 4,
          bottom: 0,
          itemWidth: 10,
          itemHeight: 120,
          calculable: false,
          text: [`${high} ${name(choice.color ?? choice.size)}`, `${low}`],
          textStyle: { color: 'var(--ink-2)', fontSize: 11 },
          inRange: { color: ['#2a9d8f', '#e9c46a', '#e76f51'] },
        },
        series: [
          {
            type: 'scatter',
            clip: true,
            itemStyle: { opacity: 0.85 },
            symbolSize: (point: readonly number[]) => 4 + 22 * Math.sqrt((point[2] ?? 0) / largest),
            data: rows.map((row) => [
              number(row[choice.longitude]) ?? 0,
              number(row[choice.latitude]) ?? 0,
              number(row[choice.size]) ?? 0,
              number(row[choice.color ?? choice.size]) ?? 0,
            ]),
          },
        ],
      };
    }
  }
}

/** The range that frames most values: Tukey's fences, so that one far island does not squeeze the rest into a corner. */
function frame(values: readonly number[]): { readonly min: number; readonly max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor(sorted.length * 0.25)] ?? 0;
  const high = sorted[Math.floor(sorted.length * 0.75)] ?? 1;
  const fence = (high - low) * 1.5;
  const inside = sorted.filter((value) => value >= low - fence && value <= high + fence);
  const [first = low, last = high] = [inside[0], inside[inside.length - 1]];
  const margin = (last - first) * 0.05 || 1;
  return { min: first - margin, max: last + margin };
}
