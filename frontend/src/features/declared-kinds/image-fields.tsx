import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { Icon } from "@/ui/icons";
import { emptyImage, formWords, type Form, type ImageDraft } from "./model";

interface ImageFieldsProps {
  images: ImageDraft[];
  onChange: (images: ImageDraft[]) => void;
  /** What the service says of the path of the image with this index. */
  faultOf: (index: number) => string | undefined;
}

const forms = Object.entries(formWords).map(([value, label]) => ({ value, label }));

/** The places at which objects of a kind name images. */
export function ImageFields({ images, onChange, faultOf }: ImageFieldsProps) {
  const change = (index: number, changed: Partial<ImageDraft>) =>
    onChange(images.map((image, at) => (at === index ? { ...image, ...changed } : image)));
  return (
    <Stack gap="md">
      {images.map((image, index) => (
        <fieldset key={index} aria-label={`Image ${String(index + 1)}`} style={{ border: 0, margin: 0, padding: 0 }}>
          <Stack gap="xs">
            <Group align="flex-start" wrap="nowrap">
              <TextInput
                label="Path"
                description="Below spec, as kubectl's JSONPath: names, [0], [*] and [name=web]"
                placeholder="spec.proxies[*].image"
                required
                spellCheck={false}
                style={{ flex: 1 }}
                value={image.path}
                onChange={(event) => change(index, { path: event.currentTarget.value })}
                error={faultOf(index)}
              />
              <Select
                label="Form"
                description="What the object has there"
                required
                allowDeselect={false}
                data={forms}
                value={image.form}
                onChange={(form) => change(index, { form: form as Form })}
              />
            </Group>
            <FormFields image={image} onChange={(changed) => change(index, changed)} />
            {images.length > 1 ? (
              <Group justify="flex-end">
                <Button
                  size="compact-sm"
                  variant="subtle"
                  color="red"
                  onClick={() => onChange(images.filter((_, at) => at !== index))}
                >
                  Remove<span className="sc-unseen"> image {index + 1}</span>
                </Button>
              </Group>
            ) : null}
          </Stack>
        </fieldset>
      ))}
      <Group>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="plus" />}
          onClick={() => onChange([...images, emptyImage])}
        >
          Add an image
        </Button>
      </Group>
    </Stack>
  );
}

function FormFields({ image, onChange }: { image: ImageDraft; onChange: (changed: Partial<ImageDraft>) => void }) {
  const field = (member: "name" | "repository" | "tag" | "digest", label: string, required = true) => (
    <TextInput
      label={label}
      required={required}
      spellCheck={false}
      style={{ flex: 1 }}
      value={image[member]}
      onChange={(event) => onChange({ [member]: event.currentTarget.value })}
    />
  );
  switch (image.form) {
    case "reference":
      return null;
    case "tag":
      return field("name", "Image of which it is a tag");
    case "repository-and-tag":
      return (
        <Group grow>
          {field("repository", "Member for the repository")}
          {field("tag", "Member for the tag")}
          {field("digest", "Member for the digest", false)}
        </Group>
      );
    case "repository-and-digest":
      return (
        <Group grow>
          {field("repository", "Member for the repository")}
          {field("digest", "Member for the digest")}
        </Group>
      );
  }
}
