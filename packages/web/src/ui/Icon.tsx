/** Paths on a 20 × 20 grid, drawn as lines. */
const PATHS = {
  run: 'M6.500 4.500v11l9-5.500z',
  stop: 'M5.500 5.500h9v9h-9z',
  share:
    'M8 10.500a3 3 0 0 0 4.400.3l2.500-2.500a3 3 0 0 0-4.200-4.200L9.600 5.200M12 9.500a3 3 0 0 0-4.400-.3l-2.500 2.500a3 3 0 0 0 4.200 4.200l1.100-1.100',
  history: 'M4 10a6 6 0 1 0 2-4.500L4 7.300M4 4v3.300h3.300M10 7v3.200l2.200 1.500',
  help: 'M7.600 7.600a2.500 2.500 0 1 1 3.500 2.300c-.7.300-1.100.8-1.100 1.600M10 14.200v.1',
  sun: 'M10 6.700a3.300 3.300 0 1 1 0 6.600 3.300 3.300 0 0 1 0-6.600zM10 2.500v1.300M10 16.200v1.300M2.500 10h1.300M16.200 10h1.300M4.700 4.700l.9.900M14.400 14.400l.9.900M4.700 15.300l.9-.9M14.400 5.600l.9-.9',
  moon: 'M16 11.800A6.500 6.500 0 0 1 8.200 4a6.500 6.500 0 1 0 7.800 7.800z',
  system: 'M3.500 4.500h13v8.500h-13zM7.500 16h5M10 13v3',
  plus: 'M10 4.500v11M4.500 10h11',
  close: 'M5.500 5.500l9 9M14.500 5.500l-9 9',
  pencil: 'M4.500 15.500l.7-3 8-8 2.300 2.300-8 8z',
  chart: 'M3.500 16.500h13M6 13.500v-3M10 13.500v-7M14 13.500v-5',
  code: 'M7 6l-4 4 4 4M13 6l4 4-4 4',
  check: 'M4.500 10.500l3.500 3.500 7.500-8',
  folder: 'M3.500 5.500h4.500l1.500 2h7v8.500h-13z',
  key: 'M12.500 4a3.500 3.500 0 1 1-2.600 5.800L4.500 15.200v1.300h2.200v-1.700h1.700v-1.700h1.600l.9-.9M13 7.200v.1',
  bars: 'M4.500 16v-5M8.200 16V6.500M11.800 16v-7M15.500 16V4',
  people:
    'M7.500 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM3 16c0-2.500 2-4 4.500-4s4.500 1.500 4.500 4M13 9.500a2 2 0 1 0-.8-3.900M14 12.200c1.800.3 3 1.700 3 3.800',
  cap: 'M2.500 8l7.500-3.500L17.500 8 10 11.500zM5.500 9.800v3.700c1.300 1 2.800 1.500 4.500 1.500s3.200-.5 4.500-1.500V9.800M17.500 8v4.500',
  chevron: 'M6 8l4 4 4-4',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside words, or inside a button that has a label: it says nothing by itself. */
export function Icon({name, className = 'size-4.5'}: {name: IconName; className?: string}) {
  return (
    <svg
      viewBox="0 0 20 20"
      className={className}
      fill={name === 'run' || name === 'stop' ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
