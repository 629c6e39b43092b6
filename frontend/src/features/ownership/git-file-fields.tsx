import { Fieldset, Group, NativeSelect, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { gitRepositoriesQuery } from "@/api/git-repositories";
import type { GitRepository } from "@/api/contract";
import { capitalised } from "@/lib/words";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loaded";
import { Note } from "@/ui/note";
import {
  formTitle,
  layouts,
  valuesKey,
  valuesOf,
  type FileDraft,
  type ImagePart,
  type Layout,
  type NamedWorkload,
  type ValuesDraft,
} from "./git-file";

interface GitFileFieldsProps {
  draft: FileDraft;
  onChange: (draft: FileDraft) => void;
  workloads: readonly NamedWorkload[];
  clusters: readonly string[];
}

const forms = Object.entries(formTitle).map(([value, label]) => ({ value, label }));

/** The file of a stored Git repository that names the images of workloads. */
export function GitFileFields(props: GitFileFieldsProps) {
  const repositories = useQuery(gitRepositoriesQuery);
  return (
    <Loaded query={repositories} what="Git repositories">
      {(stored) =>
        stored.length === 0 ? (
          <Note tone="warn" title="No Git repository is stored yet">
            <p>
              Add the one with this file under <Link to="/registries">Registries</Link>, with a credential that may
              push.
            </p>
          </Note>
        ) : (
          <Fields {...props} stored={stored} />
        )
      }
    </Loaded>
  );
}

function Fields({ draft, onChange, workloads, clusters, stored }: GitFileFieldsProps & { stored: GitRepository[] }) {
  const set = (changes: Partial<FileDraft>) => onChange({ ...draft, ...changes });
  const chosen = stored.find(({ name }) => name === draft.repository);
  return (
    <Stack gap="sm">
      <Group grow align="flex-start">
        <NativeSelect
          label="Git repository"
          required
          data={[{ value: "", label: "Choose one" }, ...stored.map(({ name }) => name)]}
          value={draft.repository}
          onChange={(event) => set({ repository: event.currentTarget.value })}
          description={chosen ? arrival(chosen) : "Of those stored under Registries"}
        />
        <TextInput
          label="Branch"
          description="From which the workloads are delivered"
          required
          spellCheck={false}
          value={draft.branch}
          onChange={(event) => set({ branch: event.currentTarget.value })}
        />
      </Group>
      <TextInput
        label="File"
        description="From the root of the repository"
        placeholder={draft.form === "kustomization" ? "apps/shop/kustomization.yaml" : "apps/shop/values.yaml"}
        required
        spellCheck={false}
        value={draft.path}
        onChange={(event) => set({ path: event.currentTarget.value })}
      />
      <Radio.Group label="What the file is" value={draft.form} onChange={(form) => set({ form: form })}>
        <Stack gap={6} mt={6}>
          {forms.map((each) => (
            <Radio key={each.value} {...each} />
          ))}
        </Stack>
      </Radio.Group>
      {draft.form === "values"
        ? workloads.map((workload) => (
            <WorkloadValues
              key={`${workload.resource.kind}/${workload.resource.name}`}
              workload={workload}
              draft={draft}
              onChange={onChange}
            />
          ))
        : null}
      {clusters.length > 1 ? (
        <Fieldset legend="Clusters with a file of their own">
          <Stack gap="xs">
            <Text size="sm" c="dimmed">
              All clusters that share a file get its images at the same time, whatever rings there are.
            </Text>
            {clusters.map((cluster) => (
              <TextInput
                key={cluster}
                label={cluster}
                placeholder={draft.path.trim() || "the file above"}
                spellCheck={false}
                value={draft.paths[cluster] ?? ""}
                onChange={(event) => set({ paths: { ...draft.paths, [cluster]: event.currentTarget.value } })}
              />
            ))}
          </Stack>
        </Fieldset>
      ) : null}
    </Stack>
  );
}

const arrival = ({ pull_requests: provider }: GitRepository): string =>
  provider === null
    ? "New images are committed to the branch itself"
    : `New images are ${provider === "gitlab" ? "merge requests" : "pull requests"}, which somebody merges`;

interface WorkloadValuesProps {
  workload: NamedWorkload;
  draft: FileDraft;
  onChange: (draft: FileDraft) => void;
}

/** Where a values file has the images of a workload, container by container. */
function WorkloadValues({ workload: { resource, containers }, draft, onChange }: WorkloadValuesProps) {
  const set = (container: string, changed: ValuesDraft) =>
    onChange({ ...draft, values: { ...draft.values, [valuesKey(resource, container)]: changed } });
  return containers.map(({ name }) => (
    <Fieldset key={name} legend={`Container ${name} of ${resource.kind}/${resource.name}`}>
      <ImagePaths values={valuesOf(draft, resource, name)} onChange={(changed) => set(name, changed)} />
    </Fieldset>
  ));
}

function ImagePaths({ values, onChange }: { values: ValuesDraft; onChange: (values: ValuesDraft) => void }) {
  return (
    <Stack gap="xs">
      <NativeSelect
        label="What the file names"
        data={Object.entries(layouts).map(([value, { title }]) => ({ value, label: title }))}
        value={values.layout}
        onChange={(event) => onChange({ ...values, layout: event.currentTarget.value as Layout })}
      />
      <Group grow align="flex-end">
        {layouts[values.layout].parts.map((part) => (
          <TextInput
            key={part}
            label={
              part === "reference" ? "Path" : `${capitalised(part)}${part === "digest" ? ", if it has a path" : ""}`
            }
            placeholder={placeholders[part]}
            spellCheck={false}
            value={values[part]}
            onChange={(event) => onChange({ ...values, [part]: event.currentTarget.value })}
          />
        ))}
      </Group>
    </Stack>
  );
}

const placeholders: Record<ImagePart, string> = {
  reference: "image",
  registry: "image.registry",
  repository: "image.repository",
  tag: "image.tag",
  digest: "image.digest",
};
