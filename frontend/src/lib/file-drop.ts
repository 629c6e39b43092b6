/** The text of a dropped or chosen file, or the reason for refusing it. */
export type DroppedText = { text: string } | { refused: string };

/** Reads a small text file; `limit` is in bytes. */
export async function readTextFile(file: File, limit: number): Promise<DroppedText> {
  if (file.size > limit) return { refused: `${file.name} is larger than ${Math.round(limit / 1024)} KiB.` };
  const text = await file.text();
  if (text.includes("\u0000")) return { refused: `${file.name} is not a text file.` };
  return { text };
}
