import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { DeclaredKind } from "@/api/contract";
import { asProblem } from "@/api/problem";
import { ProblemAlert } from "@/ui/problem-alert";
import { ImageFields } from "./image-fields";
import { declarationOf, draftOf, isComplete } from "./model";
import { usePutDeclaredKind } from "./mutations";
import { TryOut } from "./try-out";

interface DeclaredKindDialogProps {
  /** The kind to declare anew, or null for another one. */
  kind: DeclaredKind | null;
  onClose: () => void;
}

/** Declares where a custom kind names images and when its objects are well. */
export function DeclaredKindDialog({ kind, onClose }: DeclaredKindDialogProps) {
  const put = usePutDeclaredKind();
  const [draft, setDraft] = useState(() => draftOf(kind));
  const complete = isComplete(draft);
  const name = draft.name.trim();
  const faultOf = (index: number) =>
    put.error ? asProblem(put.error).messageFor(`images[${String(index)}].path`) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate({ name, declaration: declarationOf(draft) }, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} size="xl" title={kind ? `Declare ${kind.name} anew` : "Declare a kind"}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {kind ? null : (
            <TextInput
              label="Kind and group"
              description="As kubectl takes them, whichever version clusters serve"
              placeholder="Shopfront.shop.example"
              required
              spellCheck={false}
              value={draft.name}
              onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
            />
          )}
          <ImageFields images={draft.images} onChange={(images) => setDraft({ ...draft, images })} faultOf={faultOf} />
          <Group grow align="flex-start">
            <TextInput
              label="Well while this condition is True"
              description="Leave empty to judge it by kstatus, as other custom resources"
              placeholder="Ready"
              spellCheck={false}
              value={draft.ready}
              onChange={(event) => setDraft({ ...draft, ready: event.currentTarget.value })}
            />
            <TextInput
              label="Failed while one of these is True"
              description="Types of conditions, with commas between them"
              placeholder="Degraded"
              disabled={draft.ready.trim() === ""}
              spellCheck={false}
              value={draft.failed}
              onChange={(event) => setDraft({ ...draft, failed: event.currentTarget.value })}
            />
          </Group>
          <TryOut name={name} declaration={declarationOf(draft)} disabled={!complete} />
          {put.error ? <ProblemAlert error={put.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={put.isPending} disabled={!complete}>
              {kind ? "Save" : "Declare"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
