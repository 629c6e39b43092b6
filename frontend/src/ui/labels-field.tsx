import { TextInput } from "@mantine/core";
import { useState } from "react";
import { labelsIn } from "@/lib/labels";

interface LabelsFieldProps {
  label?: string;
  description: string;
  required?: boolean;
  value: string;
  onChange: (text: string) => void;
  error?: string | undefined;
}

/** Labels as text. It says what is wrong with them once its user leaves it. */
export function LabelsField({ label = "Labels", description, required, value, onChange, error }: LabelsFieldProps) {
  const [left, setLeft] = useState(false);
  const unreadable = left && labelsIn(value) === null ? "Write each label as key=value, as in team=shop, tier=1" : null;
  return (
    <TextInput
      label={label}
      description={description}
      placeholder="team=shop, tier=1"
      required={required ?? false}
      spellCheck={false}
      value={value}
      onBlur={() => setLeft(true)}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={unreadable ?? error}
    />
  );
}
