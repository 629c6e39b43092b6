/** Starts an operation. A double click, or a repeated call after a lost answer, starts it once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "./keys";

/** Makes the `Idempotency-Key` for a subject: the digest of the plan, or what is deployed without one. */
export type KeyFor = (subject: string) => string;

// `crypto.randomUUID` is missing where the console is served without TLS.
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A random name that a component keeps from its first render to its last. */
export function useInstanceKey(): string {
  const [key] = useState(randomKey);
  return key;
}

interface StartOptions<Input, Started> {
  start: (input: Input, keyFor: KeyFor) => Promise<Started>;
  /** Called before anything is read again: the component may be unmounted by what is read, and is not told then. */
  onStarted: (started: Started) => void;
  onError?: (error: unknown) => void;
}

/** The mutation that starts an operation and then reads again what the operation changes. */
export function useStart<Input, Started>({ start, onStarted, onError }: StartOptions<Input, Started>) {
  const queryClient = useQueryClient();
  const instance = useInstanceKey();
  const keyFor: KeyFor = (subject) => `${instance}-${subject.replace(/^sha256:/, "").slice(0, 32)}`;
  return useMutation({
    // A request may hold Secret values: it is not kept after the call.
    gcTime: 0,
    mutationFn: (input: Input) => start(input, keyFor),
    onSuccess: (started) => {
      onStarted(started);
      return Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.applications.all }),
        queryClient.invalidateQueries({ queryKey: keys.operations.all }),
      ]);
    },
    onError,
  });
}
