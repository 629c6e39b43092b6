import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { DeclaredKind } from "@/api/contract";
import { useLack, useRight } from "@/api/rights";
import { RightButton } from "@/connected/right-button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { DataTable, type Column } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { Icon } from "@/ui/icons";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import { Section } from "@/ui/page";
import { DeclaredKindDialog } from "./declared-kind-dialog";
import { formWords, healthWords } from "./model";
import { useRemoveDeclaredKind } from "./mutations";
import { declaredKindsQuery } from "./queries";

type Open = { type: "add" } | { type: "edit" | "remove"; kind: DeclaredKind } | null;

/** The custom kinds of which it is declared where they name images and when they are well. */
export function DeclaredKindsSection() {
  const query = useQuery(declaredKindsQuery);
  const [open, setOpen] = useState<Open>(null);
  const lack = useLack("view");
  const mayChange = useRight("administer");
  const columns = useMemo(() => columnsFor(mayChange, setOpen), [mayChange]);
  const close = () => setOpen(null);
  return (
    <Section
      title="Declared kinds"
      actions={
        <RightButton
          needs="administer"
          variant="default"
          leftSection={<Icon name="plus" />}
          onClick={() => setOpen({ type: "add" })}
        >
          Declare a kind
        </RightButton>
      }
    >
      <Loaded query={query} what="Declared kinds">
        {(kinds) =>
          kinds.length === 0 && lack !== null ? (
            <Note title={`You do not see declared kinds. ${lack}`} />
          ) : kinds.length === 0 ? (
            <EmptyState title="No declared kinds yet">
              <p>
                Where an operator runs an image that a custom resource names, declare where that is and when the
                resource is well: then it is promoted like a Deployment.
              </p>
            </EmptyState>
          ) : (
            <DataTable label="Declared kinds" columns={columns} rows={kinds} rowKey={nameOf} rowHeight={58} />
          )
        }
      </Loaded>
      {open?.type === "add" ? <DeclaredKindDialog kind={null} onClose={close} /> : null}
      {open?.type === "edit" ? <DeclaredKindDialog kind={open.kind} onClose={close} /> : null}
      {open?.type === "remove" ? <RemoveDialog kind={open.kind} onClose={close} /> : null}
    </Section>
  );
}

const nameOf = ({ name }: DeclaredKind): string => name;

function columnsFor(mayChange: boolean, onOpen: (open: Open) => void): Column<DeclaredKind>[] {
  return [
    {
      key: "kind",
      header: "Kind",
      width: "26%",
      cell: ({ kind, group }) => (
        <>
          {kind}
          <Below text={group} />
        </>
      ),
    },
    {
      key: "images",
      header: "Images",
      cell: ({ images }) => images.map(({ path, form }) => <Below key={path} text={`${path} · ${formWords[form]}`} />),
    },
    { key: "well", header: "Well", wideOnly: true, width: "16%", cell: ({ health }) => healthWords(health) },
    {
      key: "uses",
      header: "Used by",
      wideOnly: true,
      width: "18%",
      cell: ({ used_by: uses }) => (uses.length === 0 ? "nobody" : uses.map(useWords).join(", ")),
    },
    {
      key: "what",
      header: <span className="sc-unseen">Actions</span>,
      width: "20%",
      cell: (kind) =>
        mayChange ? (
          <Group gap="0.3rem" justify="flex-end">
            <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: "edit", kind })}>
              Edit<span className="sc-unseen"> {kind.name}</span>
            </Button>
            <Button size="compact-sm" variant="subtle" color="red" onClick={() => onOpen({ type: "remove", kind })}>
              Remove<span className="sc-unseen"> {kind.name}</span>
            </Button>
          </Group>
        ) : null,
    },
  ];
}

const useWords = ({ application, environment }: DeclaredKind["used_by"][number]): string =>
  `${application} in ${environment}`;

function Below({ text }: { text: string }) {
  return (
    <Text size="xs" c="var(--sc-dim)" style={{ overflowWrap: "anywhere" }}>
      {text}
    </Text>
  );
}

function RemoveDialog({ kind, onClose }: { kind: DeclaredKind; onClose: () => void }) {
  const remove = useRemoveDeclaredKind(kind.name);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Remove ${kind.name}?`}
      action={`Remove ${kind.name}`}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(kind.used_by.length > 0, { onSuccess: onClose })}
    >
      <Text>Its objects stay as they are, and are custom resources again: shown, and never promoted.</Text>
      {kind.used_by.length > 0 ? <Text>It is used by {kind.used_by.map(useWords).join(", ")}.</Text> : null}
    </ConfirmDialog>
  );
}
