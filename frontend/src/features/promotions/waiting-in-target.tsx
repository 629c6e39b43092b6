import { listed } from "@/lib/words";
import { Note } from "@/ui/note";
import type { WaitingImage } from "./model";

/** Says what a promotion leaves waiting, so that nobody takes it for the newest there is. */
export function WaitingInTarget({ waiting, target }: { waiting: readonly WaitingImage[]; target: string | null }) {
  if (waiting.length === 0) return null;
  return (
    <Note tone="plain" title={`Also offered in ${target ?? "the target"}`}>
      {waiting.map(({ tag, containers }) => (
        <p key={`${tag} ${containers.join()}`}>
          <code>{tag}</code> for {listed(containers)} was pushed and waits there. This promotion does not carry it; it
          is deployed from the pipeline.
        </p>
      ))}
    </Note>
  );
}
