/** Starting operations: a double click, or a repeated call after a lost answer, starts one. */
import { useState } from "react";

// `crypto.randomUUID` is missing where the console is served without TLS.
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Gives a key for what is about to be started: the same for the same `subject` (the plan looked at) as long as the dialog
 * is open, so that asking twice is answered with the same operation.
 */
export function useIdempotencyKeys(): (subject: string) => string {
  const [opening] = useState(randomKey);
  return (subject) => `${opening}-${subject.replace(/^sha256:/, "").slice(0, 32)}`;
}
