import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Registry } from "@/api/contract";
import { Note } from "@/ui/note";
import { ProblemAlert } from "@/ui/problem-alert";
import { checkSentences } from "./model";
import { useCheckRegistry } from "./mutations";
import classes from "./registries.module.css";

/** Checks a registry: whether it responds, how many tags a repository has, or the digest of a tag. */
export function CheckDialog({ registry, onClose }: { registry: Registry; onClose: () => void }) {
  const check = useCheckRegistry(registry.host);
  const [repository, setRepository] = useState("");
  const [tag, setTag] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    check.mutate({ repository: repository.trim() || null, tag: (repository.trim() && tag.trim()) || null });
  };
  return (
    <Modal opened onClose={onClose} title={`Check ${registry.host}`}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Repository"
            description="Without the host. Leave empty to check the registry and its credential only."
            placeholder="shop/web"
            value={repository}
            onChange={(event) => setRepository(event.currentTarget.value)}
          />
          <TextInput
            label="Tag"
            description="Leave empty to count the tags."
            placeholder="1.4.2"
            disabled={repository.trim() === ""}
            value={tag}
            onChange={(event) => setTag(event.currentTarget.value)}
          />
          {check.error ? <ProblemAlert error={check.error} /> : null}
          <div role="status" className={classes.checked}>
            {check.data ? (
              <Note tone={check.data.well ? "good" : "bad"} title={check.data.well ? "Check passed" : "Check failed"}>
                {checkSentences(check.data).map((sentence) => (
                  <p key={sentence}>{sentence}</p>
                ))}
              </Note>
            ) : null}
          </div>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={check.isPending}>
              Run check
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
