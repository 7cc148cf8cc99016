/** One line of the Prometheus text format: a name, its labels, a value. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Reads the Prometheus text format 0.0.4. Comments and lines of another shape are skipped. */
export function parseMetrics(text: string): MetricSample[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const [, name = '', labels = '', value = ''] = match;
    return [
      {name, labels: parseLabels(labels), value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value)},
    ];
  });
}

/** Sum of all series of a name whose labels hold the given ones. */
export function sumOf(
  samples: readonly MetricSample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name && hasLabels(sample, labels))
    .reduce((sum, {value}) => sum + value, 0);
}

function hasLabels({labels}: MetricSample, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function parseLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, unescapeLabel(value)]);
  return Object.fromEntries(pairs);
}

function unescapeLabel(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
