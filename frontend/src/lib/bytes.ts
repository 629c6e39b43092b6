/** Amounts of bytes as registries show them, in powers of ten. */
const UNITS = [
  { name: "GB", size: 1e9 },
  { name: "MB", size: 1e6 },
  { name: "kB", size: 1e3 },
] as const;

/** `1.2 of 3.4 MB`: both in the unit of the whole. */
export function bytesOf(done: number, all: number): string {
  const unit = UNITS.find(({ size }) => all >= size);
  if (!unit) return `${done} of ${all} bytes`;
  return `${(done / unit.size).toFixed(1)} of ${(all / unit.size).toFixed(1)} ${unit.name}`;
}
