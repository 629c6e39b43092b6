/**
 * The icons of the console, 16 × 16, drawn in strokes. All are decorative: the text beside an icon gives its meaning, and a
 * button that contains an icon only has an `aria-label`.
 */
const shapes = {
  check: "M3 8.5l3.2 3.200L13 5",
  cross: "M4 4l8 8M12 4l-8 8",
  dot: "M8 8h.01",
  dash: "M4 8h8",
  info: "M8 7.500V11M8 5h.01M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0",
  clock: "M8 4.500V8l2.5 1.500M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0",
  spin: "M8 2a6 6 0 1 1-5.650 4",
  warning: "M8 2.200l6.3 11.300H1.700zM8 6.500v3M8 11.500h.01",
  question: "M6 6a2 2 0 1 1 2.7 1.900c-.5.2-.7.5-.7 1.100M8 11.500h.01M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0",
  pause: "M6 4v8M10 4v8",
  plug: "M6 2v3M10 2v3M4.5 5h7v2.500a3.5 3.5 0 0 1-7 0zM8 11v3",
  unplug: "M6 2v2M10 2v2M4.5 5h7v2.500a3.5 3.5 0 0 1-7 0M8 11v3M2 2l12 12",
  back: "M6 3.500L2.5 7 6 10.500M2.5 7H10a3.5 3.5 0 0 1 0 7H7",
  skip: "M3 4l5 4-5 4zM12 4v8",
  right: "M2.5 8h10.500M9 4l4 4-4 4",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  chevron: "M6 4l4 4-4 4",
  search: "M11 7A4 4 0 1 1 3 7a4 4 0 0 1 8 0M10 10l3.5 3.5",
  plus: "M8 3v10M3 8h10",
  copy: "M5.5 5.500h7v8h-7zM3.5 10.500v-8h7",
  sun: "M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0M8 1.500v1.500M8 13v1.500M1.5 8H3M13 8h1.500M3.4 3.400l1.1 1.100M11.5 11.500l1.1 1.100M12.6 3.400l-1.1 1.100M4.5 11.500l-1.1 1.1",
  moon: "M13 9.500A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5",
  screen: "M2 3h12v8H2zM5.5 14h5M8 11v3",
  person: "M10.5 5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0M3 14c.5-3 2.3-4.5 5-4.500s4.5 1.5 5 4.5",
  key: "M9 6.500a3 3 0 1 1-6 0 3 3 0 0 1 6 0M8.2 8.500L13 13.300M11 11.300l1.500-1.500",
  bell: "M4 11V7a4 4 0 0 1 8 0v4M2.5 11h11M6.500 13.500h3",
  leave: "M9.5 3H3v10h6.500M6.5 8H14M11.5 5.500L14 8l-2.5 2.5",
  pencil: "M3 13l.7-2.8L11 2.9a1.3 1.3 0 0 1 1.9 0l.2.2a1.3 1.3 0 0 1 0 1.900L5.8 12.300zM9.8 4.200l2 2",
  grip: "M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  auto: "M9 1.500L3.5 9H8l-1 5.500L12.5 7H8z",
  hand: "M5 8V4.200a1 1 0 0 1 2 0V7M7 6.500V3a1 1 0 0 1 2 0v4M9 7V4a1 1 0 0 1 2 0v4M11 7.500V5.700a1 1 0 0 1 2 0V10a4.5 4.5 0 0 1-8.5 1.800L2.8 9a1 1 0 0 1 1.7-1L5 9",
  split: "M8 14V9.500M8 9.500C8 6 4 6.5 4 2.500M8 9.500C8 6 12 6.5 12 2.5",
  refresh: "M13.5 3v3.500H10M13.3 6.500A5.7 5.7 0 1 0 13.7 9",
  link: "M6.5 9.500l3-3M7.5 4.500l1.2-1.200a2.8 2.8 0 0 1 4 4L11.5 8.500M8.5 11.500l-1.2 1.200a2.8 2.8 0 0 1-4-4L4.5 7.5",
  grid: "M2.5 2.500h4.500v4.500H2.500zM9 2.500h4.500v4.500H9zM2.5 9h4.500v4.500H2.500zM9 9h4.500v4.500H9z",
  stages: "M6.2 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0M13.8 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0M6.2 8h3.6",
  server: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
  history: "M2.5 8A5.5 5.5 0 1 0 4 4.200L2.5 5.500M2.5 2.500v3h3M8 5v3l2 1.5",
  box: "M8 1.800l5.5 3v6.400l-5.5 3-5.5-3V4.800zM2.5 4.800l5.5 3 5.5-3M8 7.800v6.4",
  calendar: "M2.5 3.500h11v10h-11zM2.5 6.500h11M5.5 2v3M10.5 2v3",
  stop: "M5.500 2h5L14 5.500v5L10.500 14h-5L2 10.500v-5zM8 5v3.500M8 11h.01",
  sliders:
    "M2.5 5h5M11 5h2.500M2.5 11h2M8 11h5.500M11 5a1.750 1.750 0 1 1-3.500 0 1.750 1.750 0 0 1 3.500 0M8 11a1.750 1.750 0 1 1-3.500 0A1.750 1.750 0 0 1 8 11",
  lock: "M4 7.500h8v6H4zM5.5 7.500V5a2.5 2.5 0 0 1 5 0v2.5",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 16, className }: { name: IconName; size?: number; className?: string }) {
  const bold = name === "dot" || name === "grip" || name === "more";
  return (
    <svg
      aria-hidden="true"
      className={className}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={bold ? 2.2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      style={{ flex: "none", display: "block" }}
    >
      <path d={shapes[name]} />
    </svg>
  );
}
